import Link from 'next/link';
import { Moment } from '#components/ui/age.tsx';
import { EMPTY, formatClock } from '#components/ui/format.ts';
import { Pager } from '#components/ui/pager.tsx';
import { Elapsed } from '#components/ui/spoken.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { RunRow, RunsModel } from './model.ts';

/** Deployments and rollbacks, newest first. */
export function RunsTab({ runs }: { runs: RunsModel }) {
  return (
    <>
      {runs.rows.length === 0 ? (
        <div className="pad">
          <Empty title={runs.none.title}>{runs.none.text}</Empty>
        </div>
      ) : (
        <div className="scroll">
          <RunTable rows={runs.rows} />
        </div>
      )}
      <Pager
        summary={runs.summary}
        hint="keys: J K move, Enter opens"
        newer={runs.newer}
        older={runs.older}
      />
    </>
  );
}

/** The same rows on the list and on a release's page. */
export function RunTable({ rows }: { rows: readonly RunRow[] }) {
  return (
    <table className="fold one">
      <thead>
        <tr>
          <th>Run</th>
          <th>What</th>
          <th>Regions</th>
          <th>State</th>
          <th>Requested by</th>
          <th className="num">Requested</th>
          <th className="num">Took</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: RunRow }) {
  return (
    <tr className={row.status === 'held' ? 'refused' : undefined}>
      <td>
        <Link className="row-link" href={row.href} data-row>
          <b>{row.id}</b>
        </Link>
        <span className="sub">{row.kind}</span>
      </td>
      <td className="full wrap">{row.what}</td>
      <td data-l="Regions">
        <Reached row={row} />
      </td>
      <td data-l="State">
        <StatusWord status={row.status}>{row.word}</StatusWord>
      </td>
      <td data-l="Requested by">{row.who}</td>
      <td className="num soft" data-l="Requested">
        <Moment at={row.requestedAt} />
      </td>
      <td className="num" data-l="Took">
        {row.tookSeconds !== null ? (
          formatClock(row.tookSeconds)
        ) : row.startedAt === null ? (
          <span className="muted">{EMPTY}</span>
        ) : (
          <Elapsed since={row.startedAt} />
        )}
      </td>
    </tr>
  );
}

const REACHED = { no: 'not yet', switched: 'switched', back: 'put back' } as const;
/** More marks would not be told apart; the figure beside them says the rest. */
const MOST_MARKS = 8;

/** A mark for each Region in the order of the run, and how many it has reached. */
function Reached({ row: { regions, reached } }: { row: RunRow }) {
  return (
    <span
      className="reached"
      title={regions.map(({ region, reached: how }) => `${region}: ${REACHED[how]}`).join('\n')}
    >
      <span className="reach" aria-hidden="true">
        {regions.slice(0, MOST_MARKS).map(({ region, reached: how }) => (
          <i key={region} className={how} />
        ))}
      </span>
      {reached}
    </span>
  );
}
