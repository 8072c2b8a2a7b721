'use client';

import Link from 'next/link';
import { ageOf } from '#components/ui/age.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { gridCell, LinkGrid } from '#components/ui/link-grid.tsx';
import type { Status } from '#components/ui/model.ts';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import type { NetworkModel, PathCell, PathMatrix } from './model.ts';

/** Up to so many Regions a cell says its word; beyond, the shape alone, and the word on focus. */
const WORDS = 8;

interface PathTableProps {
  matrix: PathMatrix;
  chosen: NetworkModel['chosen'];
}

/** Every ordered pair. A way is read along its row: from the Region at the left to the one above. */
export function PathTable({ matrix, chosen }: PathTableProps) {
  const now = useNow();
  const { regions, rows } = matrix;
  const at = (code: string | undefined) => regions.findIndex((region) => region.code === code);
  const start = chosen === null ? { row: 0, column: 1 } : { row: at(chosen.from), column: at(chosen.to) };
  const brief = regions.length > WORDS;
  return (
    <LinkGrid rows={rows.length} columns={regions.length} start={start}>
      {(tabIndexOf) => (
        <div className="scroll">
          <table
            className={brief ? 'tight matrix paths brief' : 'tight matrix paths'}
            style={{ minWidth: brief ? undefined : 136 + 124 * regions.length }}
          >
            <thead>
              <tr>
                <th>
                  <span className="sr">From</span>
                </th>
                {regions.map(({ code, cidr }) => (
                  <th key={code} scope="col">
                    <b>{code}</b>
                    <span className="sub">{cidr}</span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {regions.map(({ code }, row) => (
                <tr key={code}>
                  <th scope="row">
                    <b>{code}</b>
                  </th>
                  {regions.map(({ code: to }, column) => {
                    const cell = rows[row]?.[column] ?? null;
                    const open = chosen?.from === code && chosen.to === to;
                    return (
                      <td key={to} className={open ? 'open' : cell === null ? 'self' : undefined}>
                        {cell === null ? null : (
                          <Link
                            {...gridCell({ row, column })}
                            href={cell.href}
                            scroll={false}
                            tabIndex={tabIndexOf({ row, column })}
                            aria-current={open ? 'true' : undefined}
                          >
                            <span className="sr">
                              {code} to {to}:{' '}
                            </span>
                            <Way cell={cell} now={now} brief={brief} />
                          </Link>
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </LinkGrid>
  );
}

function Way({ cell, now, brief }: { cell: PathCell; now: number; brief: boolean }) {
  const { stale } = ageOf(cell.at, cell.withinSeconds, now);
  const status: Status = stale ? 'unknown' : cell.status;
  if (brief) return <StatusShape status={status} label={cell.word} />;
  return (
    <span>
      <StatusWord status={status}>{cell.word}</StatusWord>
      <span className="sub">{cell.detail}</span>
    </span>
  );
}
