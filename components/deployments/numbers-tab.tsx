import { EMPTY } from '#components/ui/format.ts';
import type { NumberCell, NumbersModel } from './model.ts';

/** The four numbers of DORA's research, each with what it counts and what it rests on. */
export function NumbersTab({ numbers }: { numbers: NumbersModel }) {
  return (
    <>
      <div className="scroll">
        <table className="fold one numbers">
          <thead>
            <tr>
              <th>{numbers.environment}</th>
              {numbers.columns.map((column) => (
                <th key={column} className="num">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {numbers.rows.map(({ name, definition, cells }) => (
              <tr key={name}>
                <td className="full wrap">
                  <b>{name}</b>
                  <span className="sub">{definition}</span>
                </td>
                {cells.map((cell, index) => (
                  <td key={numbers.columns[index]} className="num full" data-l={numbers.columns[index]}>
                    <Figure cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="hint pad">{numbers.note}</p>
    </>
  );
}

function Figure({ cell: { value, unit, samples } }: { cell: NumberCell }) {
  return (
    <span className="lines">
      {value === null ? (
        <span className="muted">
          {EMPTY}
          <span className="sr">no number</span>
        </span>
      ) : (
        <span>
          <b className="figure">{value}</b>
          <span className="unit">{unit}</span>
        </span>
      )}
      <span className="sub">{samples}</span>
    </span>
  );
}
