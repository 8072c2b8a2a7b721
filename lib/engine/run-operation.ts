import { DBOS } from '@dbos-inc/dbos-sdk';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { beginStop, type Ending, endRun } from './ending.ts';
import { askGate, type GateAnswer } from './gate.ts';
import { ENGINE } from './names.ts';
import type { EngineParts } from './parts.ts';
import { untilDatabaseAnswers } from './patience.ts';
import type { Lost, Run, Stop } from './run.ts';
import { runStep, type StepResult } from './step.ts';
import { inGroups, runGroup } from './step-group.ts';
import { type PlannedRun, readRun } from './store.ts';

/** How often a wait looks for a ring by itself, should the database's notification be lost. */
const RING_POLL_MS = 1_000;
/** A pause, or a hold for a human, looks round this often even when nobody rings. */
const LOOK_ROUND_SECONDS = 300;
const BACKOFF_SECONDS = { first: 2, longest: 60 };

/**
 * The interpreter: a durable workflow that runs the plan stored with an operation, step by step, and after a crash
 * continues where it stood on another worker. Its own code must stay the same for as long as runs of it are active
 * (docs/adr/0003-durable-engine.md); what operations do is in their plans.
 */
export function createInterpreter(parts: EngineParts): (operationId: string) => Promise<string> {
  return async (operationId) => {
    // Outside of a step: the plan never changes once stored, so a replay reads the same.
    const planned = await untilDatabaseAnswers(() => readRun(parts.database.pool, operationId));
    if (!planned) throw new Error(`There is no operation ${operationId} to run.`);
    return interpret(parts, planned);
  };
}

async function interpret(parts: EngineParts, planned: PlannedRun): Promise<string> {
  const run: Run = { ...planned, epoch: null };
  const ending = await runPlan(parts, run);
  return DBOS.runStep(() => endRun(parts, run, ending), { name: 'end' });
}

async function runPlan(parts: EngineParts, run: Run): Promise<Ending> {
  for (const group of inGroups(run.plan.steps)) {
    const [first] = group;
    if (!first) continue;
    const passed =
      group.length === 1 ? await runPlannedStep(parts, run, first) : await runParallel(parts, run, group);
    if (passed.kind === 'lost') return passed;
    if (passed.kind === 'stop') return stopRun(parts, run, passed.stop);
  }
  return { kind: 'done' };
}

type Passed = { kind: 'go' } | { kind: 'stop'; stop: Stop } | Lost;

/** Asks the gate until it answers anything but a pause; a pause lasts until somebody rings. */
async function passGate(parts: EngineParts, run: Run, stepKey: string): Promise<Passed> {
  for (;;) {
    const answer: GateAnswer = await DBOS.runStep(() => askGate(parts, run, stepKey), {
      name: `gate ${stepKey}`,
    });
    if (answer.kind === 'go') run.epoch = answer.epoch;
    if (answer.kind !== 'paused') return answer;
    await waitForRing(LOOK_ROUND_SECONDS);
  }
}

type RanStep = { kind: 'passed' } | { kind: 'stop'; stop: Stop } | Lost;

async function runPlannedStep(parts: EngineParts, run: Run, step: PlannedStep): Promise<RanStep> {
  let timedOutBefore = false;
  for (;;) {
    const gate = await passGate(parts, run, step.key);
    if (gate.kind !== 'go') return gate;
    const result = await attempt(parts, run, { step, phase: 'planned', timedOutBefore });
    if ('kind' in result) return result;
    switch (result.status) {
      case 'done':
      case 'skipped':
        return { kind: 'passed' };
      case 'wait':
      case 'hold':
        // A ring ends the wait early: the step runs again and counts from its first start.
        await waitForRing(result.seconds);
        timedOutBefore = false;
        break;
      case 'timed-out':
        if (timedOutBefore) await waitForHuman(parts, run, step);
        timedOutBefore = !timedOutBefore;
        break;
      case 'interrupted':
      case 'left':
        break; // the gate knows what was asked for
      case 'revert':
      case 'fail':
        return {
          kind: 'stop',
          stop: { how: result.status, by: 'step', stepTitle: step.title, note: result.note },
        };
    }
  }
}

/**
 * Steps that run at the same time are one engine step: their order of ending differs from run to run, and a replay must find
 * its history as it was. What each came to stands in our own tables; those that passed are not run again.
 */
async function runParallel(parts: EngineParts, run: Run, group: readonly PlannedStep[]): Promise<RanStep> {
  const [first] = group;
  if (!first) return { kind: 'passed' };
  let timedOutBefore = false;
  for (;;) {
    const gate = await passGate(parts, run, first.key);
    if (gate.kind !== 'go') return gate;
    const result = await DBOS.runStep(
      () =>
        parts.attempts.run(() => runGroup(parts, run, { steps: group, phase: 'planned', timedOutBefore })),
      { name: `steps ${first.group}` },
    );
    if (result.kind === 'lost' || result.kind === 'passed' || result.kind === 'stop') return result;
    if (result.kind === 'timed-out') {
      if (timedOutBefore) await waitForHuman(parts, run, result.step);
      timedOutBefore = !timedOutBefore;
    } else if (result.kind === 'again') {
      await waitForRing(result.seconds);
      timedOutBefore = false;
    }
  }
}

async function stopRun(parts: EngineParts, run: Run, stop: Stop): Promise<Ending> {
  const begun = await DBOS.runStep(() => beginStop(parts, run, stop), { name: 'stop' });
  if (begun.kind === 'lost') return begun;
  run.epoch ??= begun.epoch; // a run whose history was lost stops before any gate gave it the number
  if (!begun.compensate) return { kind: 'stopped', stop, putBack: false };
  for (const group of inGroups(run.plan.compensation)) {
    const [first, second] = group;
    if (!first) continue;
    const ended = await (second ? putBackTogether(parts, run, group) : putBack(parts, run, first));
    if (ended === 'left') return { kind: 'left', stop };
    if (ended) return ended;
  }
  return { kind: 'stopped', stop, putBack: true };
}

/** Runs a step that puts things back until it passes, however long that takes, or a person decides to leave the rest. */
async function putBack(parts: EngineParts, run: Run, step: PlannedStep): Promise<Lost | 'left' | undefined> {
  let backoffSeconds = BACKOFF_SECONDS.first;
  for (;;) {
    const result = await attempt(parts, run, { step, phase: 'compensation', timedOutBefore: false });
    if ('kind' in result) return result;
    if (result.status === 'done' || result.status === 'skipped') return undefined;
    if (result.status === 'left') return 'left';
    if (result.status === 'wait' || result.status === 'hold') {
      await waitForRing(result.seconds);
    } else {
      await waitForRing(backoffSeconds);
      backoffSeconds = Math.min(backoffSeconds * 2, BACKOFF_SECONDS.longest);
    }
  }
}

/** As `putBack`, of steps that go at the same time: none waits for another, and what has passed is not run again. */
async function putBackTogether(
  parts: EngineParts,
  run: Run,
  group: readonly PlannedStep[],
): Promise<Lost | 'left' | undefined> {
  let backoffSeconds = BACKOFF_SECONDS.first;
  for (;;) {
    const result = await DBOS.runStep(
      () =>
        parts.attempts.run(() =>
          runGroup(parts, run, { steps: group, phase: 'compensation', timedOutBefore: false }),
        ),
      { name: `steps ${group[0]?.group}` },
    );
    if (result.kind === 'lost') return result;
    if (result.kind === 'passed') return undefined;
    if (result.kind === 'asked') return 'left';
    if (result.kind === 'again') {
      await waitForRing(result.seconds);
    } else {
      await waitForRing(backoffSeconds);
      backoffSeconds = Math.min(backoffSeconds * 2, BACKOFF_SECONDS.longest);
    }
  }
}

function attempt(parts: EngineParts, run: Run, request: Parameters<typeof runStep>[2]): Promise<StepResult> {
  return DBOS.runStep(() => parts.attempts.run(() => runStep(parts, run, request)), {
    name: `step ${request.step.key}`,
  });
}

/** After a second time-out only a person's word goes on: resume, abort or revert. */
async function waitForHuman(parts: EngineParts, run: Run, step: PlannedStep): Promise<void> {
  for (;;) {
    if (await waitForRing(LOOK_ROUND_SECONDS)) return;
    const gate = await passGate(parts, run, step.key);
    if (gate.kind !== 'go') return; // asked again, and acted upon, by the caller
  }
}

/** Sleeps, surviving takeovers, until the time is over (false) or somebody rings (true). */
async function waitForRing(seconds: number): Promise<boolean> {
  const ring = await DBOS.recv<string>(ENGINE.controlTopic, {
    timeoutSeconds: Math.max(0.01, seconds),
    pollingIntervalMs: RING_POLL_MS,
  });
  return ring !== null;
}
