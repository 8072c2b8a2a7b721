import Link from 'next/link';
import { Age, Moment } from '#components/ui/age.tsx';
import { EMPTY } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { EnvironmentVersions, VersionRow, VersionsModel } from './model.ts';

/** What serves users in each Region, side by side; what differs says so and since when. */
export function VersionsTab({ versions }: { versions: VersionsModel }) {
  if (versions.environments.length === 0)
    return (
      <div className="pad">
        <Empty title="The estate has no environment.">Name one in estate.yaml.</Empty>
      </div>
    );
  return versions.environments.map((environment) => (
    <section key={environment.name} className="band">
      <CellHead padded title={environment.name} note={<Parity environment={environment} />} />
      <div className="scroll">
        <table className="fold one versions">
          <thead>
            <tr>
              <th>Region</th>
              <th>Version</th>
              <th>Parity</th>
              <th>Image</th>
              <th>Colour</th>
              <th className="num">Live since</th>
              <th className="num">Pods ready</th>
              <th>Idle beside it</th>
              <th className="num">Age</th>
            </tr>
          </thead>
          <tbody>
            {environment.rows.map((row) => (
              <Row key={row.region} row={row} withinSeconds={versions.withinSeconds} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  ));
}

function Parity({ environment: { status, text, since } }: { environment: EnvironmentVersions }) {
  return (
    <span className="inline">
      <StatusWord status={status}>
        <span>
          <Prose text={text} />
        </span>
      </StatusWord>
      {since === null ? null : (
        <span>
          Since <Moment at={since} /> at least.
        </span>
      )}
    </span>
  );
}

function Row({ row, withinSeconds }: { row: VersionRow; withinSeconds: number }) {
  return (
    <tr>
      <td>
        <Link href={row.regionHref}>
          <b>{row.region}</b>
        </Link>
      </td>
      <td data-l="Version">
        {row.version === null ? (
          <Unknown />
        ) : row.versionHref === null ? (
          row.version
        ) : (
          <Link className="link" href={row.versionHref}>
            {row.version}
          </Link>
        )}
      </td>
      <td className="full wrap" data-l="Parity">
        <span className="lines">
          <StatusWord status={row.status}>{row.word}</StatusWord>
          {row.differences.map((difference) => (
            <span key={difference.text} className="sub">
              <Prose text={difference.text} />
              {difference.since === null ? null : (
                <>
                  {' '}
                  Since <Moment at={difference.since} />.
                </>
              )}
            </span>
          ))}
        </span>
      </td>
      <td className="full" data-l="Image">
        {row.digest === null ? <Unknown /> : <span className="mono">{row.digest}</span>}
      </td>
      <td data-l="Colour">{row.colour ?? <Unknown />}</td>
      <td className="num soft" data-l="Live since">
        <Moment at={row.liveSince} />
      </td>
      <td className="num" data-l="Pods ready">
        <Ready row={row} />
      </td>
      <td className="soft full" data-l="Idle beside it">
        {row.idle ?? (row.version === null ? <Unknown /> : <span className="muted">none</span>)}
      </td>
      <td className="num soft" data-l="Age">
        <Age at={row.at} withinSeconds={withinSeconds} />
      </td>
    </tr>
  );
}

/** Pods that are missing are told from those that are not wanted. */
function Ready({ row: { ready, desired } }: { row: VersionRow }) {
  if (ready === null || desired === null) return <Unknown />;
  const text = `${ready} of ${desired}`;
  return ready < desired ? <StatusWord status="warning">{text}</StatusWord> : text;
}

function Unknown() {
  return (
    <span className="muted">
      {EMPTY}
      <span className="sr">unknown</span>
    </span>
  );
}
