'use client';

import { EMPTY } from '#components/ui/format.ts';
import { Quantity } from '#components/ui/quantity.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { OverviewModel } from './model.ts';

/** What the others would carry, one line for each Region that may be lost. */
export function LossTable({ survivability }: Pick<OverviewModel, 'survivability'>) {
  return (
    <table className="tight flush">
      <thead>
        <tr>
          <th>Lost</th>
          <th>{survivability.loadNow}</th>
          <th className="num">Carried at peak</th>
        </tr>
      </thead>
      <tbody>
        {survivability.rows.map((row) => (
          <tr key={row.lost}>
            <td className="nowrap">{row.lost}</td>
            <td>
              <StatusWord status={row.now.status}>{row.now.text}</StatusWord>
            </td>
            <td className="num">
              <StatusWord status={row.atPeak.status}>{row.atPeak.text}</StatusWord>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How far each copy is behind, one line for each Region that has one. */
export function LagTable({ replication }: Pick<OverviewModel, 'replication'>) {
  return (
    <table className="tight flush">
      <thead>
        <tr>
          <th>To</th>
          {replication.columns.map((column) => (
            <th key={column} className="num">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {replication.rows.map((row) => (
          <tr key={row.region}>
            <td className="nowrap">{row.region}</td>
            {row.cells.map((cell, index) => (
              <td key={replication.columns[index]} className="num">
                {cell === null ? (
                  <span className="muted" title="Not watched here.">
                    {EMPTY}
                    <span className="sr">not watched</span>
                  </span>
                ) : (
                  <Quantity reading={cell.reading} unit={cell.unit} format="seconds" status={cell.status} />
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
