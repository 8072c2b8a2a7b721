import Link from 'next/link';
import { Moment } from '#components/ui/age.tsx';
import { EMPTY, formatClock } from '#components/ui/format.ts';
import { Pager } from '#components/ui/pager.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusShape, StatusWord, statusText } from '#components/ui/status.tsx';
import type { ReportRow, ReportsModel } from './model.ts';

const CLOCKS = ['Writes', 'Reads', 'Redundancy'] as const;

/** Every run of a recovery plan with what it achieved; each report is signed. */
export function ReportsTab({ reports }: { reports: ReportsModel }) {
  if (reports.rows.length === 0)
    return (
      <div className="pad">
        <Empty title="No recovery plan has run here.">
          A report stands here within seconds of the end of each run and drill, as page, PDF and data.
        </Empty>
      </div>
    );
  return (
    <>
      <div className="scroll">
        <table className="fold one">
          <thead>
            <tr>
              <th>Run</th>
              <th>What</th>
              <th>Outcome</th>
              {CLOCKS.map((clock) => (
                <th key={clock} className="num">
                  {clock}
                </th>
              ))}
              <th>Orders</th>
              <th className="num">Ended</th>
              <th>Report</th>
            </tr>
          </thead>
          <tbody>
            {reports.rows.map((row) => (
              <Row key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      <Pager
        summary={reports.summary}
        hint="each report carries the audit head’s hash and signature"
        newer={reports.newer}
        older={reports.older}
      />
    </>
  );
}

function Row({ row }: { row: ReportRow }) {
  return (
    <tr>
      <td>
        <Link href={row.href} data-row>
          <b>{row.id}</b>
        </Link>
        <span className="sub">{row.kind}</span>
      </td>
      <td className="full wrap">{row.what}</td>
      <td data-l="Outcome">
        <StatusWord status={row.status}>{row.word}</StatusWord>
      </td>
      {CLOCKS.map((clock, index) => {
        const figure = row.clocks[index];
        return (
          <td key={clock} className="num" data-l={clock}>
            {figure === null || figure === undefined ? (
              <span className="muted">{EMPTY}</span>
            ) : (
              <span
                className={figure.status === 'ok' ? undefined : `st regular ${statusText(figure.status)}`}
              >
                {figure.status === 'ok' ? null : <StatusShape status={figure.status} label={figure.status} />}
                {formatClock(figure.seconds)}
              </span>
            )}
          </td>
        );
      })}
      <td className="full" data-l="Orders">
        {row.orders.status === 'ok' ? (
          row.orders.text
        ) : (
          <StatusWord status={row.orders.status}>{row.orders.text}</StatusWord>
        )}
      </td>
      <td className="num soft" data-l="Ended">
        <Moment at={row.endedAt} />
      </td>
      <td className="full">
        <span className="inline">
          <a className="link" href={row.links.html}>
            Page
          </a>
          <a className="link" href={row.links.pdf}>
            PDF
          </a>
          <a className="link" href={row.links.json}>
            JSON
          </a>
          <Link className="link" href={row.replay}>
            Replay
          </Link>
        </span>
      </td>
    </tr>
  );
}
