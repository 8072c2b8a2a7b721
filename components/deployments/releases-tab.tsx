import Link from 'next/link';
import { Moment } from '#components/ui/age.tsx';
import { Pager } from '#components/ui/pager.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { ReleaseRow, ReleasesModel } from './model.ts';

/** Every release, newest first, with all that decides whether it may be deployed. */
export function ReleasesTab({ releases }: { releases: ReleasesModel }) {
  return (
    <>
      {releases.rows.length === 0 ? (
        <div className="pad">
          <Empty title={releases.none.title}>{releases.none.text}</Empty>
        </div>
      ) : (
        <div className="scroll">
          <table className="fold one">
            <thead>
              <tr>
                <th>Release</th>
                <th>Verdict</th>
                <th>In registries</th>
                <th>Proven in staging</th>
                <th>Live in</th>
                <th>Schema</th>
                <th>Author</th>
                <th className="num">Registered</th>
              </tr>
            </thead>
            <tbody>
              {releases.rows.map((row) => (
                <Row key={row.version} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager
        summary={releases.summary}
        hint="keys: J K move, Enter opens"
        newer={releases.newer}
        older={releases.older}
      />
    </>
  );
}

function Row({ row }: { row: ReleaseRow }) {
  return (
    <tr>
      <td>
        <Link className="row-link" href={row.href} data-row>
          <b>{row.version}</b>
        </Link>
        <span className="sub mono">{row.digest}</span>
      </td>
      <td className="full" data-l="Verdict">
        <StatusWord status={row.verdict.status}>{row.verdict.word}</StatusWord>
      </td>
      <td data-l="In registries">
        {row.registries.status === 'ok' ? (
          row.registries.text
        ) : (
          <StatusWord status={row.registries.status}>{row.registries.text}</StatusWord>
        )}
      </td>
      <td data-l="Proven in staging">
        {row.staging === null ? (
          <span className="muted">not yet</span>
        ) : (
          <Link className="link above-row" href={row.staging.href}>
            {row.staging.label}
          </Link>
        )}
      </td>
      <td className="full" data-l="Live in">
        {row.liveIn.length === 0 ? (
          <span className="muted">nowhere</span>
        ) : (
          <span className="lines">
            {row.liveIn.map((line) => (
              <span key={line}>{line}</span>
            ))}
          </span>
        )}
      </td>
      <td data-l="Schema">{row.schema}</td>
      <td data-l="Author">{row.author}</td>
      <td className="num soft" data-l="Registered">
        <span className="lines">
          <Moment at={row.registeredAt} />
          <span className="sub">{row.registeredBy}</span>
        </span>
      </td>
    </tr>
  );
}
