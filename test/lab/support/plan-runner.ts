import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsPortOptions } from '#lib/adapters/aws/aws-port.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';
import type { StepOutcome } from '#lib/operations/action.ts';
import { actions } from '#lib/operations/registry.ts';
import type { CallRecord } from '#lib/ports/aws.ts';
import { type RecordedContext, stepContext } from '#test/step-context.ts';
import { openPort } from './product.ts';

/** What one step came to, with everything that it put on record. */
export interface StepRun {
  step: PlannedStep;
  outcome: StepOutcome;
  attempts: number;
  startedAtMs: number;
  endedAtMs: number;
  told: string[];
  commands: string[];
  calls: CallRecord[];
}

export interface PlanRun {
  steps: StepRun[];
  outputs: Record<string, Record<string, unknown>>;
  /** The step that failed; what was done has been put back then, as after an abort. */
  failed: StepRun | undefined;
  /** One line a step: for the message of a failed test. */
  story(): string;
}

export interface RunnerOptions {
  estate: Estate;
  nameServers: readonly string[];
  operation: string;
  port?: Partial<AwsPortOptions>;
  /** The key of a step before which people ask to abort. */
  abortBefore?: string;
  /** The key of a step before which an emergency takes the environment. */
  supersedeBefore?: string;
}

/** A step that waits or holds longer than this is a failure of the test, which then tells the story so far; ms. */
const PATIENCE_MS = 100_000;

/**
 * Runs a plan as the engine would, without its database: groups at once, waits and holds again, and what was done put back
 * when a step fails before the point of no return; nothing, where an emergency takes the environment.
 */
export async function runPlan(plan: Plan, options: RunnerOptions): Promise<PlanRun> {
  const run: PlanRun = { steps: [], outputs: {}, failed: undefined, story: () => storyOf(run.steps) };
  for (const group of inGroups(plan.steps)) {
    if (group.some(({ key }) => key === options.supersedeBefore)) return run;
    if (group.some(({ key }) => key === options.abortBefore)) return putBack(plan, options, run);
    run.failed = await runGroup(group, options, run);
    if (run.failed) return putBack(plan, options, run);
  }
  return run;
}

async function putBack(plan: Plan, options: RunnerOptions, run: PlanRun): Promise<PlanRun> {
  for (const step of plan.compensation) await runGroup([step], options, run);
  return run;
}

async function runGroup(
  group: readonly PlannedStep[],
  options: RunnerOptions,
  run: PlanRun,
): Promise<StepRun | undefined> {
  const done = await Promise.all(group.map((step) => runStep(step, options, run.outputs)));
  run.steps.push(...done);
  for (const { step, outcome } of done) {
    if (outcome.status === 'done' || outcome.status === 'skipped')
      run.outputs[step.key] = outcome.output ?? {};
  }
  return done.find(({ outcome }) => outcome.status === 'fail' || outcome.status === 'revert');
}

async function runStep(
  step: PlannedStep,
  { estate, nameServers, operation, port }: RunnerOptions,
  outputs: Record<string, Record<string, unknown>>,
): Promise<StepRun> {
  const startedAtMs = Date.now();
  const told: string[] = [];
  const commands: string[] = [];
  const calls: CallRecord[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const opened = openPort(estate, {
      nameServers,
      stepKey: step.key,
      operation: { id: operation, epoch: 1n },
      ...port,
    });
    const deadline = AbortSignal.timeout(Math.min(step.deadlineSeconds * 1_000, PATIENCE_MS));
    const context: RecordedContext = stepContext({
      aws: opened.aws,
      estate,
      step,
      attempt,
      firstStartedAtMs: startedAtMs,
      outputs,
      signal: deadline,
      operation: { id: operation, environment: 'production', kind: 'test' },
      keep(output) {
        outputs[step.key] = output;
        return Promise.resolve();
      },
    });
    const outcome = await attemptOf(step, context);
    opened.aws.close();
    told.push(...context.told);
    commands.push(...context.commands);
    calls.push(...opened.calls);
    const waits = outcome.status === 'wait' || outcome.status === 'hold';
    if (!waits || Date.now() - startedAtMs > PATIENCE_MS) {
      return { step, outcome, attempts: attempt, startedAtMs, endedAtMs: Date.now(), told, commands, calls };
    }
    await sleep(outcome.seconds * 1_000);
  }
}

/** An exception is a failed step, as in the engine. */
async function attemptOf(step: PlannedStep, context: RecordedContext): Promise<StepOutcome> {
  const action = actions[step.action];
  if (!action) return { status: 'fail', note: `There is no action ${step.action}.` };
  try {
    return await action.run(context);
  } catch (error) {
    return { status: 'fail', note: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function inGroups(steps: readonly PlannedStep[]): PlannedStep[][] {
  const groups: PlannedStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last && step.group !== undefined && last[0]?.group === step.group) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

function storyOf(steps: readonly StepRun[]): string {
  return steps
    .map(({ step, outcome, attempts, startedAtMs, endedAtMs, told }) => {
      const seconds = ((endedAtMs - startedAtMs) / 1_000).toFixed(1);
      return [
        `${step.key}: ${outcome.status} after ${seconds} s, attempt ${attempts}: ${outcome.note}`,
        ...told.map((text) => `    ${text}`),
      ].join('\n');
    })
    .join('\n');
}
