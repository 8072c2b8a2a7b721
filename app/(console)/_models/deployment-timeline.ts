import type {
  Lane,
  PipelineEvent,
  PipelineTimeline,
  ServedSpan,
} from '#components/deployments/pipeline-model.ts';
import { isEnded } from '#lib/domain/operation/state.ts';
import {
  isPassed,
  type RunFacts,
  type RunStep,
  type Samples,
  type StoredLook,
  stepOf,
} from './deployment-facts.ts';
import { bandOf } from './deployment-gates.ts';

/** What people did, as the run's own rows tell it. */
interface RunPeople {
  requester: string;
  createdAt: Date;
  decisions: readonly { who: string; approved: boolean; at: Date }[];
}

/** Room after now for what is planned, of what has passed. */
const AHEAD = 0.2;
const LEAST_AHEAD_MS = 10_000;

/** Who was served what since the run began, and all that happened; null before it has begun. */
export function timelineOf(
  facts: RunFacts,
  lanes: readonly Lane[],
  { people, outcome }: { people: RunPeople; outcome: string | null },
): PipelineTimeline | null {
  if (facts.startedAt === null) return null;
  const from = facts.startedAt;
  const planned = lanes.flatMap(({ start }) => (start?.at == null ? [] : [Date.parse(start.at)]));
  const ended = isEnded(facts.state) ? facts.endedAt : null;
  const ahead = Math.max(LEAST_AHEAD_MS, (facts.now.getTime() - from.getTime()) * AHEAD);
  const until =
    ended ?? new Date(Math.max(facts.now.getTime() + ahead, ...planned.map((ms) => ms + LEAST_AHEAD_MS)));
  return {
    from: from.toISOString(),
    until: until.toISOString(),
    rows: lanes.map((lane) => {
      const soak = stepOf(facts, lane.region, 'deploy.soak');
      return {
        region: lane.region,
        served: servedOf(lane, { from, until: ended }),
        soak: soak?.startedAt
          ? { from: soak.startedAt.toISOString(), until: soak.endedAt?.toISOString() ?? null }
          : null,
        holds: soak ? holdsOf(soak, facts.samples) : [],
        plannedAt: lane.start?.at ?? null,
      };
    }),
    events: eventsOf(facts, lanes, { people, outcome }),
  };
}

function servedOf(lane: Lane, { from, until }: { from: Date; until: Date | null }): ServedSpan[] {
  const { before, after, switchedAt, backAt } = lane;
  const end = until?.toISOString() ?? null;
  const old = { version: before.version ?? 'unknown', isNew: false };
  const start = from.toISOString();
  if (switchedAt === null) return [{ ...old, from: start, until: end }];
  const fresh = { version: after.version ?? 'unknown', isNew: true };
  return [
    { ...old, from: start, until: switchedAt },
    { ...fresh, from: switchedAt, until: backAt ?? end },
    ...(backAt === null ? [] : [{ ...old, from: backAt, until: end }]),
  ];
}

/** Stretches in which looks proved something against it; too little to judge is no hold, and stands at the gate. */
function holdsOf(
  step: Pick<RunStep, 'looks' | 'endedAt'>,
  samples: Samples,
): { from: string; until: string | null }[] {
  const holds: { from: string; until: string | null }[] = [];
  for (const look of step.looks) {
    const { at } = look;
    const band = bandOf(look, samples);
    const against = band === 'hold' || band === 'revert';
    const open = holds.at(-1);
    const isOpen = open !== undefined && open.until === null;
    if (against && !isOpen) holds.push({ from: at, until: null });
    if (!against && isOpen) open.until = at;
  }
  const last = holds.at(-1);
  if (last && last.until === null && step.endedAt) last.until = step.endedAt.toISOString();
  return holds;
}

function eventsOf(
  facts: RunFacts,
  lanes: readonly Lane[],
  { people, outcome }: { people: RunPeople; outcome: string | null },
): PipelineEvent[] {
  const whole = (kind: PipelineEvent['kind'], status: PipelineEvent['status'], at: Date, text: string) =>
    ({ kind, status, at: at.toISOString(), text, region: null }) satisfies PipelineEvent;
  return [
    whole('request', 'ok', people.createdAt, `Requested by ${people.requester}`),
    ...people.decisions.map(({ who, approved, at }) =>
      whole('approve', approved ? 'ok' : 'held', at, `${approved ? 'Approved' : 'Rejected'} by ${who}`),
    ),
    ...(facts.startedAt ? [whole('start', 'ok', facts.startedAt, 'Started')] : []),
    ...lanes.flatMap((lane) => regionEvents(facts, lane)),
    ...(facts.endedAt && facts.startedAt
      ? [whole('end', endStatus(facts.state), facts.endedAt, outcome ?? 'Ended')]
      : []),
  ].sort((a, b) => a.at.localeCompare(b.at));
}

const endStatus = (state: string): PipelineEvent['status'] =>
  state === 'done' ? 'ok' : state === 'failed' ? 'critical' : 'held';

function regionEvents(facts: RunFacts, lane: Lane): PipelineEvent[] {
  const { region, after, before, switchedAt, backAt } = lane;
  const about = { region };
  const soak = stepOf(facts, region, 'deploy.soak');
  const colour = after.colour === null ? '' : `, ${after.colour}`;
  return [
    ...(switchedAt === null
      ? []
      : [
          {
            ...about,
            at: switchedAt,
            kind: 'switch' as const,
            status: 'ok' as const,
            text: `${region} serves ${after.version}${colour}`,
          },
        ]),
    ...(soak ? soakEvents(soak, region, facts.samples) : []),
    ...(backAt === null
      ? []
      : [
          {
            ...about,
            at: backAt,
            kind: 'back' as const,
            status: 'held' as const,
            text: `${region} serves ${before.version} again`,
          },
        ]),
  ];
}

function soakEvents(soak: RunStep, region: string, samples: Samples): PipelineEvent[] {
  const holds = holdsOf(soak, samples).flatMap(({ from }): PipelineEvent[] => {
    const look = soak.looks.find(({ at }) => at === from);
    return look === undefined
      ? []
      : [{ at: from, region, kind: 'hold', status: 'held', text: `Held: ${look.text}` }];
  });
  const turned = turningLook(soak);
  return [
    // The look that decided is told as that, not as a hold.
    ...holds.filter(({ at }) => at !== turned?.at),
    ...(turned
      ? [
          {
            at: (soak.endedAt ?? new Date(turned.at)).toISOString(),
            region,
            kind: 'turn' as const,
            status: 'critical' as const,
            text: `Turned round: ${turned.text}`,
          },
        ]
      : []),
    ...(isPassed(soak) && soak.endedAt
      ? [
          {
            at: soak.endedAt.toISOString(),
            region,
            kind: 'pass' as const,
            status: 'ok' as const,
            text: `${region} has passed its soak`,
          },
        ]
      : []),
  ];
}

/** The look that turned the run round: the last one, of a soak that failed by it. */
export function turningLook(soak: Pick<RunStep, 'state' | 'looks'>): StoredLook | null {
  const last = soak.looks.at(-1);
  return soak.state === 'failed' && last?.band === 'revert' ? last : null;
}
