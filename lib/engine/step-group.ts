import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { EngineParts } from './parts.ts';
import type { Lost, Run, Stop } from './run.ts';
import { runStep, type StepRequest, type StepResult } from './step.ts';

/** The plan's steps, neighbours of one group together; every other step alone. */
export function inGroups(steps: readonly PlannedStep[]): PlannedStep[][] {
  const groups: PlannedStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (step.group !== undefined && last?.[0]?.group === step.group) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

/** What one round of a group came to. */
export type GroupResult =
  | { kind: 'passed' }
  | { kind: 'stop'; stop: Stop }
  | { kind: 'again'; seconds: number }
  | { kind: 'timed-out'; step: PlannedStep }
  | { kind: 'asked' }
  | Lost;

/** One attempt of every step of the group that has not passed, all at once; resolves when each has ended. */
export async function runGroup(
  parts: EngineParts,
  run: Run,
  request: { steps: readonly PlannedStep[] } & Omit<StepRequest, 'step'>,
): Promise<GroupResult> {
  const { steps, phase, timedOutBefore } = request;
  const settled = await Promise.allSettled(
    steps.map(async (step) => ({
      step,
      result: await runStep(parts, run, { step, phase, timedOutBefore }),
    })),
  );
  const failure = settled.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
  return together(settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
}

interface Ended {
  step: PlannedStep;
  result: StepResult;
}

/** The worst of the round decides; where all only wait, the shortest wait does. */
export function together(ended: readonly Ended[]): GroupResult {
  let seconds = Number.POSITIVE_INFINITY;
  let stop: Stop | undefined;
  let timedOut: PlannedStep | undefined;
  let asked = false;
  for (const { step, result } of ended) {
    if ('kind' in result) return result;
    if (result.status === 'revert' || result.status === 'fail')
      stop ??= { how: result.status, by: 'step', stepTitle: step.title, note: result.note };
    else if (result.status === 'wait' || result.status === 'hold')
      seconds = Math.min(seconds, result.seconds);
    else if (result.status === 'timed-out') timedOut ??= step;
    else if (result.status === 'interrupted' || result.status === 'left') asked = true;
  }
  if (stop) return { kind: 'stop', stop };
  if (asked) return { kind: 'asked' };
  if (timedOut) return { kind: 'timed-out', step: timedOut };
  return Number.isFinite(seconds) ? { kind: 'again', seconds } : { kind: 'passed' };
}
