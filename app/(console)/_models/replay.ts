import type { ReplayMark, ReplayModel, ReplayStep } from '#components/replay/model.ts';
import { formatClock } from '#components/ui/format.ts';
import { isEnded, type OperationState } from '#lib/domain/operation/state.ts';
import { clocksOf } from '#lib/domain/recovery/clocks.ts';
import { isRecoveryKind } from '#lib/domain/recovery/params.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { getOperation, type OperationDetail } from '#lib/services/operations/read.ts';
import { readPlannedSteps, runTimes } from '#lib/services/recovery/clocks.ts';
import { count, STATE_STATUS, within } from './common.ts';
import { stepModel } from './operation-steps.ts';
import { readScene, type Scene } from './replay-scene.ts';

/** Shown before 0:00, for what was usual, and behind the end, for what stayed, s. */
const BEFORE_SECONDS = 60;
const AFTER_SECONDS = 30;

/** A run over again: what was sampled, declared and done, by time. Throws NotFoundError. */
export async function replayModel(context: VerbContext, id: string): Promise<ReplayModel> {
  const detail = await getOperation(context, id);
  const { operation } = detail;
  const here = within(context.estate, operation.environment);
  const times = runTimes(operation, operation.endedAt ?? context.now);
  const zeroAt = times.outageAt ?? times.startedAt;
  const base = {
    id,
    href: routes.operation(id, here),
    status: STATE_STATUS[operation.state as OperationState],
    steps: stepsOf(detail, context.now),
  };
  if (zeroAt === null) return { ...base, ...NOTHING, answer: `${id} has not begun.` };
  const zero = Date.parse(zeroAt) / 1_000;
  const end = operation.endedAt ? operation.endedAt.getTime() / 1_000 + AFTER_SECONDS : null;
  const until = Math.min(end ?? Number.POSITIVE_INFINITY, context.now.getTime() / 1_000);
  const scene = await readScene(context, {
    environment: operation.environment,
    from: new Date((zero - BEFORE_SECONDS) * 1_000),
    until: new Date(until * 1_000),
    steps: operation.steps,
  });
  return {
    ...base,
    answer: answerOf(detail, zeroAt),
    detail: detailOf(scene),
    times: scene.times,
    zero,
    zeroIs: zeroWords(detail, times.outageAt),
    regions: scene.regions,
    flows: scene.flows,
    links: scene.links,
    geographies: scene.geographies,
    marks: marksOf(detail, scene, zero),
    strips: scene.strips,
    gap: gapOf(scene, zero),
  };
}

const NOTHING = {
  detail: 'It is made of the samples of its run.',
  times: [],
  zero: 0,
  zeroIs: '',
  regions: [],
  flows: [],
  links: [],
  geographies: [],
  marks: [],
  strips: [],
  gap: null,
} as const;

function answerOf({ operation }: OperationDetail, zeroAt: string): string {
  if (!isEnded(operation.state as OperationState)) return `${operation.id} so far: ${operation.title}.`;
  const seconds = ((operation.endedAt?.getTime() ?? 0) - Date.parse(zeroAt)) / 1_000;
  return `${operation.id} over again, ${formatClock(seconds)} long: ${operation.title}.`;
}

function detailOf({ times, regions }: Scene): string {
  const every = (times[1] ?? 0) - (times[0] ?? 0);
  return times.length < 2
    ? 'Nothing of its time was sampled.'
    : `${times.length} moments, one each ${every} s, of ${count(regions.length, 'Region')}. What was not sampled stays unknown.`;
}

function zeroWords({ operation }: OperationDetail, outageAt: string | null): string {
  if (!isRecoveryKind(operation.kind) || outageAt === null) return 'the start of the run';
  return readPlannedSteps(operation.plan).outageAt === null ? 'the write freeze' : 'first seen down';
}

function stepsOf(detail: OperationDetail, now: Date): ReplayStep[] {
  return detail.operation.steps.map((step): ReplayStep => {
    const { number, title, status } = stepModel(detail, step, {
      usualSeconds: null,
      planned: undefined,
      now,
    });
    return {
      number,
      title,
      status,
      irreversible: step.irreversible,
      from: epoch(step.startedAt),
      until: epoch(step.endedAt),
    };
  });
}

const EVENT_MARKS: Readonly<Record<string, string>> = {
  held: 'held',
  paused: 'paused',
  resumed: 'resumed',
  stopping: 'stopped',
  leaving: 'left as it is',
  omitted: 'left undone',
  closing: 'ended incomplete',
  preempted: 'taken over',
  'engine-error': 'engine error',
  'handed-over': 'handed over',
};

/** What happened when: of the outage, of the run, and what people asked of it. */
function marksOf(detail: OperationDetail, scene: Scene, zero: number): ReplayMark[] {
  const { operation } = detail;
  const outage = readPlannedSteps(operation.plan).outageAt;
  const began = epoch(operation.startedAt);
  const ended = epoch(operation.endedAt);
  const noReturn = operation.steps.find(({ irreversible, attempt }) => irreversible && attempt > 0);
  const clocks = isRecoveryKind(operation.kind)
    ? clocksOf(runTimes(operation, operation.endedAt ?? new Date(zero * 1_000)))
    : [];
  const marks: ReplayMark[] = [
    ...(outage ? [{ at: zero, label: 'first seen down' }] : []),
    ...scene.declared.map(({ at, region, state }) => ({
      at,
      label: state === 'failing' ? `${region} failing` : `${region} back`,
    })),
    ...(began === null ? [] : [{ at: began, label: operation.emergency ? 'declared' : 'begun' }]),
    ...(noReturn?.startedAt ? [{ at: noReturn.startedAt.getTime() / 1_000, label: 'no return' }] : []),
    ...clocks.flatMap(({ stoppedAt, label }) =>
      stoppedAt ? [{ at: Date.parse(stoppedAt) / 1_000, label }] : [],
    ),
    ...operation.events.flatMap(({ kind, at }) => {
      const label = EVENT_MARKS[kind];
      return label === undefined ? [] : [{ at: at.getTime() / 1_000, label }];
    }),
    ...(ended === null ? [] : [{ at: ended, label: operation.state }]),
  ];
  const [first = 0, last = 0] = [scene.times[0], scene.times.at(-1)];
  return withoutRepeats(marks.filter(({ at }) => at >= first && at <= last).sort((a, b) => a.at - b.at));
}

/** A gate that holds looks every few seconds: the first look tells it. */
function withoutRepeats(marks: readonly ReplayMark[]): ReplayMark[] {
  return marks.filter((mark, i) => marks[i - 1]?.label !== mark.label);
}

function gapOf(scene: Scene, zero: number): string | null {
  const at = (seconds: number) =>
    seconds < zero ? `\u2212${formatClock(zero - seconds)}` : formatClock(seconds - zero);
  const silent = scene.silences.map(
    ({ region, from, until }) =>
      `CloudWatch in ${region} told nothing from ${at(from)} ${until === null ? 'on' : `to ${at(until)}`}`,
  );
  const missing = [
    ...(scene.answersKept ? [] : ['what DNS answered was not kept then, so no arcs are drawn']),
    ...(scene.clientsKept ? [] : ['nobody kept what clients saw']),
  ];
  const words = [...silent, ...missing];
  return words.length === 0 ? null : `${capital(words.join('; '))}. What was not sampled stays unknown.`;
}

function capital(words: string): string {
  return /^[a-z]{2}-/.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
}

function epoch(at: Date | null): number | null {
  return at === null ? null : at.getTime() / 1_000;
}
