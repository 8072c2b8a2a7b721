import Link from 'next/link';
import { Moment, Until } from '#components/ui/age.tsx';
import { EMPTY } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import type { Status } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import { STEP_SPOKEN } from '#components/ui/step-words.ts';
import { type DeploymentRun, type Lane, STAGES, type Stage, type StageKey } from './pipeline-model.ts';

const STAGE_NAMES = {
  wait: 'Wait',
  apply: 'Apply',
  rollout: 'Rollout',
  smoke: 'Smoke',
  endpoints: 'Endpoints',
  switch: 'Switch',
  drain: 'Drain',
  soak: 'Soak',
  retire: 'Retire',
  back: 'Put back',
  verify: 'Verify',
  diagnose: 'Diagnose',
} as const satisfies Record<StageKey, string>;

/** What each stage is there for, on hover of its name. */
const STAGE_TITLES = {
  wait: 'Until its time: the later of the planned one and its bake after the switch before it',
  apply: 'The new version is applied to the idle colour; nobody is served by it yet',
  rollout: 'Pods updated and ready, by the Deployment’s own conditions',
  smoke: 'A request through the preview Service, from inside the cluster',
  endpoints: 'Ready endpoints of the new colour, at least as many as of the old',
  switch: 'Users are served by the new version from here on',
  drain: 'What was begun on the old colour ends there',
  soak: 'Under gates: passes, holds, or turns everything round',
  retire: 'The old colour to zero, kept until the next release',
  back: 'Users are served by the version before again; its pods are started first where they were gone',
  verify: 'Errors and latency are under the gate again',
  diagnose: 'Pods, events and last lines of the version that failed are kept',
} as const satisfies Record<StageKey, string>;

/** Where the eye goes: what is under way or has stopped; what lies behind and before it is quiet. */
const TONE = {
  ok: 'past',
  warning: 'past',
  critical: 'here bad',
  unknown: 'here unsure',
  held: 'here held',
  running: 'here',
  waiting: 'ahead',
} satisfies Record<Status, string>;

/** One lane per Region, in the order they are switched: version, stages, and what it stands at. */
export function PipelineLanes({ run }: { run: DeploymentRun }) {
  const used = STAGES.filter((key) =>
    run.lanes.some(({ stages }) => stages.some((stage) => stage.key === key)),
  );
  return (
    <section className="band" aria-label="Pipeline">
      <CellHead
        padded
        title="Pipeline"
        note={
          <>
            {run.releaseHref === null ? (
              run.version
            ) : (
              <Link className="link" href={run.releaseHref}>
                {run.version}
              </Link>
            )}
            {run.approvedBy === null ? null : <Prose text={`, approved by ${run.approvedBy}`} />}
          </>
        }
        right={
          <span className="inline estate-checks">
            {run.checks.map(({ key, status, text }) => (
              <StatusWord key={key} status={status}>
                {text}
              </StatusWord>
            ))}
          </span>
        }
      />
      <div className="scroll">
        <table className="lanes">
          <thead>
            <Sides used={used} />
            <tr>
              <th>Region</th>
              <th>Version</th>
              {used.map((key) => (
                <th
                  key={key}
                  className={key === 'switch' ? 'stage users' : 'stage'}
                  title={STAGE_TITLES[key]}
                >
                  {STAGE_NAMES[key]}
                </th>
              ))}
              <th>Now</th>
            </tr>
          </thead>
          <tbody>
            {run.lanes.map((lane, index) => (
              <LaneRow key={lane.region} lane={lane} number={index + 1} used={used} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The line that matters: before the switch nobody is served by the new version. */
function Sides({ used }: { used: readonly StageKey[] }) {
  const before = used.indexOf('switch');
  if (before < 1) return null;
  return (
    <tr className="sides">
      <td colSpan={2} />
      <th colSpan={before} className="nobody">
        nobody is served by it yet
      </th>
      <th colSpan={used.length - before + 1} className="users">
        users are
      </th>
    </tr>
  );
}

function LaneRow({ lane, number, used }: { lane: Lane; number: number; used: readonly StageKey[] }) {
  const { region, name, href, before, after, status, word, stages } = lane;
  return (
    <tr>
      <th scope="row" className="lane-region">
        <span className="muted order">{number}</span>
        <span>
          <Link href={href} data-row>
            <b>{region}</b>
          </Link>
          <span className="sub">{name}</span>
        </span>
      </th>
      <td className="lane-version nowrap">
        <span className="ba">{before.version ?? EMPTY} →</span> <b>{after.version ?? EMPTY}</b>
        <span className="sub">
          {before.colour ?? 'colour unknown'} → {after.colour ?? 'the idle colour'}
        </span>
      </td>
      {used.map((key) => (
        <StageCell key={key} name={key} stage={stages.find((stage) => stage.key === key)} />
      ))}
      <td className="lane-now">
        <StatusWord status={status}>
          <Prose text={word} />
        </StatusWord>
        <LaneWhen lane={lane} />
      </td>
    </tr>
  );
}

function StageCell({ name, stage }: { name: StageKey; stage: Stage | undefined }) {
  const users = name === 'switch' ? ' users' : '';
  if (stage === undefined)
    return (
      <td className={`stage none${users}`}>
        <span className="sr">{STAGE_NAMES[name]}: not needed</span>
      </td>
    );
  return (
    <td className={`stage ${TONE[stage.status]}${users}`} title={stage.detail}>
      <span className="stop">
        <StatusShape status={stage.status} label={`${STAGE_NAMES[name]}: ${STEP_SPOKEN[stage.status]}`} />
      </span>
      <span className="word">{stage.word}</span>
    </td>
  );
}

function LaneWhen({ lane: { start, switchedAt, backAt } }: { lane: Lane }) {
  if (backAt !== null)
    return (
      <span className="sub">
        back at <Moment at={backAt} seconds />
      </span>
    );
  if (switchedAt !== null)
    return (
      <span className="sub">
        switched <Moment at={switchedAt} seconds />
      </span>
    );
  if (start === null) return null;
  return (
    <span className="sub" title={start.why}>
      {start.at === null ? (
        start.why
      ) : (
        <>
          starts <Until at={start.at} past="now" />
        </>
      )}
    </span>
  );
}
