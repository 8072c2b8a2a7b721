import Link from 'next/link';
import type { ReactNode } from 'react';
import { ActButton } from '#components/shell/act-button.tsx';
import { Age, Moment } from '#components/ui/age.tsx';
import { CopyBlock } from '#components/ui/code.tsx';
import { CellHead, Cells, DefinitionList, PageHead } from '#components/ui/layout.tsx';
import { Note } from '#components/ui/note.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { LiveCell, ReleaseActions, ReleaseFact, ReleaseModel, ReleaseRegion } from './model.ts';
import { RunTable } from './runs-tab.tsx';

interface ReleaseProps {
  release: ReleaseModel;
  actions: ReleaseActions;
  /** The page's own acts: deploy. */
  acts?: ReactNode;
}

/** One release: what it is, where its image is, where it serves users, what was done with it. */
export function ReleaseView({ release, actions, acts }: ReleaseProps) {
  return (
    <>
      <PageHead
        status={release.status}
        answer={release.answer}
        detail={release.detail}
        actions={
          <>
            <Judge release={release} actions={actions} />
            {acts}
          </>
        }
      />
      {release.remarks.length === 0 ? null : (
        <div className="band pad release-remarks">
          {release.remarks.map(({ id, status, title, text }) => (
            <Note key={id} status={status} title={title}>
              <Prose text={text} />
            </Note>
          ))}
        </div>
      )}
      <Cells columns="minmax(0, 1fr) 400px">
        <section>
          <CellHead title="Regions" note="what each registry has, and what serves users there" />
          <Regions release={release} />
        </section>
        <section>
          <CellHead
            title="What it is"
            right={
              <Link className="link" href={release.allReleases}>
                All releases
              </Link>
            }
          />
          <DefinitionList
            items={release.facts.map((fact) => ({ term: fact.term, description: <Fact fact={fact} /> }))}
          />
          <div className="spaced digest">
            <CopyBlock copy={release.digest} label="Image digest">
              {release.digest}
            </CopyBlock>
          </div>
          {release.notes === '' ? null : <p className="release-notes">{release.notes}</p>}
        </section>
      </Cells>
      <section className="band">
        <CellHead
          padded
          title="Deployments of it"
          right={
            <Link className="link" href={release.allRuns}>
              All deployments
            </Link>
          }
        />
        {release.runs.length === 0 ? (
          <div className="pad">
            <Empty title={`${release.version} was never deployed.`}>
              A deployment of it stands here from the moment it is asked for.
            </Empty>
          </div>
        ) : (
          <div className="scroll">
            <RunTable rows={release.runs} />
          </div>
        )}
      </section>
    </>
  );
}

/** Marks it bad, or takes that back. */
function Judge({ release: { version, markBad, clear }, actions }: Omit<ReleaseProps, 'acts'>) {
  return clear === null ? (
    <ActButton plan={markBad.plan} permission={markBad.permission} run={actions.markBad.bind(null, version)}>
      Mark bad
    </ActButton>
  ) : (
    <ActButton
      tone="plain"
      plan={clear.plan}
      permission={clear.permission}
      run={actions.clear.bind(null, version)}
    >
      Clear
    </ActButton>
  );
}

function Fact({ fact: { text, href, external, at } }: { fact: ReleaseFact }) {
  if (href !== undefined)
    return (
      <Link className="link" href={href}>
        {text}
      </Link>
    );
  if (external !== undefined)
    return (
      <a className="link break" href={external} rel="noreferrer" target="_blank">
        {text}
      </a>
    );
  return at === undefined ? (
    text
  ) : (
    <>
      {text}, <Moment at={at} />
    </>
  );
}

function Regions({ release: { regions, environments, withinSeconds } }: { release: ReleaseModel }) {
  return (
    <div className="scroll">
      <table className="fold flush release-regions">
        <thead>
          <tr>
            <th>Region</th>
            <th>Registry</th>
            {environments.map((name) => (
              <th key={name}>{name}</th>
            ))}
            <th className="num">Pushed</th>
            <th className="num">Age</th>
          </tr>
        </thead>
        <tbody>
          {regions.map((row) => (
            <Row key={row.region} row={row} environments={environments} withinSeconds={withinSeconds} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  row: ReleaseRegion;
  environments: readonly string[];
  withinSeconds: number;
}

function Row({ row, environments, withinSeconds }: RowProps) {
  return (
    <tr>
      <td>
        <Link href={row.href}>
          <b>{row.region}</b>
        </Link>
      </td>
      <td data-l="Registry">
        <span className="lines">
          <StatusWord status={row.registry.status}>{row.registry.word}</StatusWord>
          {row.registry.text === null ? null : <span className="sub">{row.registry.text}</span>}
          {row.scan === null ? null : <span className="sub">{row.scan}</span>}
        </span>
      </td>
      {row.live.map((live, index) => (
        <td key={environments[index]} data-l={environments[index]}>
          <Live live={live} />
        </td>
      ))}
      <td className="num soft" data-l="Pushed">
        <Moment at={row.pushedAt} />
      </td>
      <td className="num soft" data-l="Age">
        <Age at={row.observedAt} withinSeconds={withinSeconds} />
      </td>
    </tr>
  );
}

function Live({ live }: { live: LiveCell | null }) {
  if (live === null) return <span className="muted">not there</span>;
  const { status, word, text, since } = live;
  return (
    <span className="lines">
      <StatusWord status={status}>{word}</StatusWord>
      {text === null && since === null ? null : (
        <span className="sub">
          {text}
          {since === null ? null : (
            <>
              {text === null ? '' : ', '}since <Moment at={since} />
            </>
          )}
        </span>
      )}
    </span>
  );
}
