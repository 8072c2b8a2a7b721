'use client';

import { ageOf } from '#components/ui/age.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { formatAge } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { StatusShape } from '#components/ui/status.tsx';
import type { WitnessCell, WitnessMatrix } from './model.ts';

const SPOKEN = {
  ok: 'sees it serve',
  warning: 'sees trouble',
  critical: 'sees it fail',
  unknown: 'sees nothing',
  held: 'held',
  running: 'looking',
  waiting: 'has not looked',
} satisfies Record<Status, string>;

/** Who sees what. A column of trouble is a Region's; a row of trouble is the witness's own. */
export function WitnessTable({ witnesses }: { witnesses: WitnessMatrix }) {
  const now = useNow();
  return (
    <div className="scroll">
      <table className="tight fold witnesses">
        <thead>
          <tr>
            <th>Vantage point</th>
            {witnesses.regions.map((region) => (
              <th key={region}>{region}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {witnesses.rows.map((row) => (
            <tr key={row.id}>
              <td>
                {row.name}
                <span className="sub">{row.note}</span>
              </td>
              {row.cells.map((cell, index) => {
                const region = witnesses.regions[index];
                return (
                  <td key={region} data-l={region}>
                    {cell === null ? (
                      <span className="muted">does not look</span>
                    ) : (
                      <Seen cell={cell} now={now} />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Seen({ cell, now }: { cell: WitnessCell; now: number }) {
  const { seconds, stale } = ageOf(cell.at, cell.withinSeconds, now);
  const status: Status = stale ? 'unknown' : cell.status;
  const quiet = status === 'ok' || status === 'waiting';
  return (
    <>
      <span className="st regular" title={title(seconds)}>
        <StatusShape status={status} label={SPOKEN[status]} />
        <span className={stale ? 'stale' : quiet ? 'soft' : undefined}>{cell.figure}</span>
      </span>
      {cell.own === true ? <span className="sub">itself, not counted</span> : null}
    </>
  );
}

function title(seconds: number | null): string {
  return seconds === null ? 'Never seen.' : `Seen ${formatAge(seconds)} ago.`;
}
