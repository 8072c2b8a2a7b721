'use client';

import Link from 'next/link';
import { Until } from '#components/ui/age.tsx';
import { gridCell, LinkGrid } from '#components/ui/link-grid.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { CellDetail, FreezeMatrix, MatrixCell } from './model.ts';

/** What may be done where, now. A cell leads to what stands against it. */
export function MatrixTable({ matrix, cell }: { matrix: FreezeMatrix; cell: CellDetail | null }) {
  const { regions, kinds, rows } = matrix;
  const start = {
    row: Math.max(0, cell === null ? 0 : regions.indexOf(cell.region)),
    column: Math.max(0, cell === null ? 0 : kinds.findIndex(({ key }) => key === cell.kind)),
  };
  return (
    <LinkGrid rows={rows.length} columns={kinds.length} start={start}>
      {(tabIndexOf) => (
        <div className="scroll">
          <table className="tight matrix freezes">
            <thead>
              <tr>
                <th>
                  <span className="sr">Region</span>
                </th>
                {kinds.map(({ key, label, title }) => (
                  <th key={key} scope="col" title={title}>
                    <b>{label}</b>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {regions.map((region, row) => (
                <tr key={region}>
                  <th scope="row">
                    <b>{region}</b>
                  </th>
                  {kinds.map(({ key, label }, column) => {
                    const found = rows[row]?.[column];
                    const open = cell?.region === region && cell.kind === key;
                    return (
                      <td key={key} className={open ? 'open' : undefined}>
                        {found === undefined ? null : (
                          <Link
                            {...gridCell({ row, column })}
                            href={found.href}
                            scroll={false}
                            tabIndex={tabIndexOf({ row, column })}
                            aria-current={open ? 'true' : undefined}
                          >
                            <span className="sr">
                              {label} in {region}:{' '}
                            </span>
                            <Cell cell={found} />
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

function Cell({ cell }: { cell: MatrixCell }) {
  const { status, word, until, next } = cell;
  return (
    <span>
      <StatusWord status={status}>{word}</StatusWord>
      <span className="sub">
        {status === 'ok' ? (
          next === null ? (
            'no freeze to come'
          ) : (
            <>
              frozen <Until at={next} past="now" />
            </>
          )
        ) : until === null ? (
          'until lifted'
        ) : (
          <>
            ends <Until at={until} past="now" />
          </>
        )}
      </span>
    </span>
  );
}
