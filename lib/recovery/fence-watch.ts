import { z } from 'zod';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { isEnded, type OperationState, pastReturnOf } from '#lib/domain/operation/state.ts';
import { takesWrites } from '#lib/domain/recovery/topology.ts';
import { announceChange, appendAudit } from '../data/audit.ts';
import type { Evidence, StepContext } from '../operations/action.ts';
import { PromoteInput } from '../operations/recovery/input.ts';
import { instanceIdOf } from '../operations/recovery/instance.ts';
import { type AwsPort, type CallRecord, UnansweredError } from '../ports/aws.ts';
import { hearThrottled, isThrottled } from '../ports/throttling.ts';
import { type FenceMeans, readMeans } from '../services/fences/means.ts';
import { enqueueNotification } from '../services/notifications/enqueue.ts';
import { readPlannedSteps } from '../services/recovery/clocks.ts';
import { FENCE_ACTION } from './fence-rows.ts';
import { type OfflineFence, offlineRun, PROMOTE_ACTION } from './offline-run.ts';
import { type RecoveryParts, workerActor } from './parts.ts';
import { tellOfFence } from './split-brain.ts';

/** One look at a Region that may not answer, ms: the next one comes soon. */
const LOOK_MS = 5_000;
/** All of one try, ms: a reboot takes its time. */
const TRY_MS = 5 * 60_000;

/** A fence that waits, with the run that asked for it, or what a break-glass script did in place of one. */
interface Waiting {
  id: string;
  region: string;
  instanceId: string;
  environment: string;
  /** Null where a script asked. */
  operationId: string | null;
  requestedAt: Date;
  attempts: number;
  lastError: string | null;
  means: unknown;
  splitBrainAt: Date | null;
  operation: {
    id: string;
    environment: string;
    kind: string;
    state: string;
    epoch: bigint;
    plan: unknown;
    steps: {
      key: string;
      title: string;
      irreversible: boolean;
      action: string;
      state: string;
      region: string | null;
      output: unknown;
      attempt: number;
    }[];
  };
}

/**
 * Tries every fence that waits: the moment its Region answers, the old primary is shut and its sessions are dropped, whoever
 * is awake (aws-facts 2.5). Never a database that was rebuilt meanwhile, nor one of a run that was put back.
 */
export async function tryPendingFences(parts: RecoveryParts): Promise<number> {
  const rows = await parts.database.prisma.fence.findMany({
    where: { state: 'pending' },
    orderBy: { requestedAt: 'asc' },
    take: 20,
    include: {
      operation: {
        select: {
          id: true,
          environment: true,
          kind: true,
          state: true,
          epoch: true,
          plan: true,
          steps: {
            select: {
              key: true,
              title: true,
              action: true,
              state: true,
              region: true,
              output: true,
              attempt: true,
              irreversible: true,
            },
            orderBy: { position: 'asc' },
          },
        },
      },
    },
  });
  for (const { operation, ...row } of rows) {
    const run = operation ?? offlineRunOf(row);
    if (run) await tryFence(parts, { ...row, operation: run });
  }
  return rows.length;
}

type Asked = Pick<OfflineFence, 'environment' | 'region' | 'instanceId'> & {
  [Field in 'breakglassRun' | 'targetRegion' | 'targetInstanceId']: string | null;
};

/** The database holds that a fence without a run has all of it (fence_offline). */
function offlineRunOf(row: Asked): Waiting['operation'] | undefined {
  const { breakglassRun, targetRegion, targetInstanceId } = row;
  if (breakglassRun === null || targetRegion === null || targetInstanceId === null) return undefined;
  return offlineRun({ ...row, breakglassRun, targetRegion, targetInstanceId });
}

async function tryFence(parts: RecoveryParts, fence: Waiting): Promise<void> {
  const { state } = fence.operation;
  const promotion = promotionOf(fence);
  if (promotion === 'none' && hasEndedShort(state)) {
    return endFence(
      parts,
      fence,
      'dropped',
      'The run ended before anything was promoted: it is the primary still.',
    );
  }
  if (promotion === 'none' && isPuttingBack(state)) return;
  const calls: CallRecord[] = [];
  const { id, epoch } = fence.operation;
  const aws = parts.awsFor({
    operation: { id, epoch },
    stepKey: 'fence-watch',
    record: (call) => calls.push(call),
  });
  try {
    const found = await lookAt(aws, fence);
    if (found === undefined) return noteTry(parts, fence, 'The Region does not answer.');
    const why = notToBeFenced(found, fence);
    if (why) return endFence(parts, fence, 'dropped', why);
    const doubt = promotion === 'unknown' && hasEndedShort(state) ? await doubtOf(aws, fence) : null;
    if (doubt !== null) return noteTry(parts, fence, doubt);
    if (found && takesWrites(found) && !fence.splitBrainAt)
      await parts.database.inTransaction((connection) =>
        tellOfFence(parts, connection, { ...fence, operation: fence.operationId }),
      );
    await shut(parts, fence, aws);
    await keepCalls(parts, fence, calls);
  } catch (error) {
    await noteTry(parts, fence, error instanceof Error ? error.message : String(error));
    await keepCalls(parts, fence, calls);
  } finally {
    aws.close();
  }
}

/** `none`: never asked for, or plainly refused. `unknown`: asked for, and how it went was not seen. */
function promotionOf({ operation }: Waiting): 'none' | 'unknown' | 'done' {
  const steps = operation.steps.filter(({ action }) => action === PROMOTE_ACTION);
  if (steps.some(({ state, attempt }) => attempt > 0 && (state === 'done' || state === 'skipped')))
    return 'done';
  return pastReturnOf(steps) === null ? 'none' : 'unknown';
}

/**
 * Why the database is not shut although its run asked for it, or null: a run that nobody carries on any more left it open
 * whether another one takes the orders. Without one that is seen to, this may be the only primary.
 */
async function doubtOf(aws: AwsPort, fence: Waiting): Promise<string | null> {
  const { id, plan, steps } = fence.operation;
  const planned = readPlannedSteps(plan).steps.find(({ action }) => action === PROMOTE_ACTION);
  const { region, instance } = PromoteInput.parse(planned?.input);
  const instanceId = instanceIdOf({ outputs: outputsOf(steps) }, instance);
  const target = await lookAt(aws, { region, instanceId });
  if (target && takesWrites(target)) return null;
  return `${fence.instanceId} is not shut: ${id} ended without saying whether ${instanceId} in ${region} was promoted, and it is not seen to take orders. See to it by hand.`;
}

/** Nobody carries it on, and nothing says that it went to its end. */
function hasEndedShort(state: string): boolean {
  return isEnded(state as OperationState) && state !== 'done';
}

function isPuttingBack(state: string): boolean {
  return state === 'aborting' || state === 'reverting';
}

/**
 * The instance, null where the Region has none of that id, undefined where it does not answer. One that throttles is there:
 * that rejects, saying so, and is tried again.
 */
async function lookAt(
  aws: AwsPort,
  { region, instanceId }: Pick<Waiting, 'region' | 'instanceId'>,
): Promise<DatabaseObservation | null | undefined> {
  let throttled: string | undefined;
  const silence = new Promise<undefined>((resolve) => setTimeout(resolve, LOOK_MS, undefined).unref());
  const hear = (why: string) => {
    throttled = why;
  };
  try {
    const found = await Promise.race([
      hearThrottled(hear, () => aws.findDatabase(region, instanceId)),
      silence,
    ]);
    if (found !== undefined || throttled === undefined) return found;
    throw new UnansweredError(`RDS in ${region} is throttled by AWS: ${throttled}`, { throttled: true });
  } catch (error) {
    if (error instanceof UnansweredError && !isThrottled(error)) return undefined;
    throw error;
  }
}

/** Why there is nothing left to fence, or null. */
function notToBeFenced(
  found: DatabaseObservation | null,
  { instanceId, requestedAt }: Waiting,
): string | null {
  if (!found) return `${instanceId} is not there any more.`;
  if (found.role === 'replica') return `${instanceId} is a replica now: it was rebuilt, and takes no orders.`;
  const madeAt = found.createdAt === null ? 0 : Date.parse(found.createdAt);
  if (madeAt > requestedAt.getTime()) return `${instanceId} was made anew since: it is another database.`;
  return null;
}

const Unreached = z.object({ reached: z.literal(false) });

/** Runs the fence as the plan has it, then what else of the plan did not reach the Region. */
async function shut(parts: RecoveryParts, fence: Waiting, aws: AwsPort): Promise<void> {
  const planned = readPlannedSteps(fence.operation.plan).steps;
  const step = planned.find(
    ({ action, region, input }) =>
      action === FENCE_ACTION && region === fence.region && JSON.stringify(input).includes(fence.instanceId),
  );
  if (!step) return noteTry(parts, fence, 'The plan has no step that fences it.');
  const tried = await runMeans(parts, fence, { step, aws });
  const means = [...readMeans(fence.means), tried];
  if (tried.outcome !== 'done') return noteTry(parts, { ...fence, means }, tried.note);
  const others = (await isLatest(parts, fence)) ? unreachedSteps(fence, planned) : [];
  for (const other of others) means.push(await runMeans(parts, fence, { step: other, aws }));
  await endFence(parts, { ...fence, means }, 'done', tried.note);
}

/** Steps in the returned Region that are absolute and had not reached it: it is told where orders go. */
function unreachedSteps({ operation, region }: Waiting, planned: readonly PlannedStep[]): PlannedStep[] {
  const keys = operation.steps
    .filter((step) => step.region === region && step.action !== FENCE_ACTION)
    .filter(({ output }) => Unreached.safeParse(output).success)
    .map(({ key }) => key);
  return planned.filter(
    ({ key, action }) =>
      keys.includes(key) && (action === 'recovery.freeze-writes' || action === 'recovery.point-writer'),
  );
}

/** What an older run wished of a Region is not what holds now. */
async function isLatest({ database }: RecoveryParts, { operation }: Waiting): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `select 1 from operation later join operation mine on mine.id = $1
     where later.environment = mine.environment and later.created_at > mine.created_at and later.started_at is not null
       and later.kind = any ($2) limit 1`,
    [operation.id, ['failover', 'switchover', 'failback', 'rebuild']],
  );
  return rowCount === 0;
}

async function runMeans(
  parts: RecoveryParts,
  fence: Waiting,
  { step, aws }: { step: PlannedStep; aws: AwsPort },
): Promise<FenceMeans> {
  const at = () => parts.now().toISOString();
  const action = parts.actions[step.action];
  if (!action)
    return { name: step.action, outcome: 'failed', at: at(), note: 'This worker does not know how.' };
  const told: string[] = [];
  const outcome = await action.run(contextOf(parts, fence, { step, aws, told }));
  const output = 'output' in outcome ? outcome.output : undefined;
  const reached = output?.reached !== false;
  const passed = (outcome.status === 'done' || outcome.status === 'skipped') && reached;
  return {
    name: step.action,
    outcome: passed ? 'done' : reached || output?.throttled === true ? 'failed' : 'unreachable',
    at: at(),
    note: [...told, outcome.note].join('; ').slice(0, 2_000),
  };
}

function contextOf(
  parts: RecoveryParts,
  { operation }: Waiting,
  { step, aws, told }: { step: PlannedStep; aws: AwsPort; told: string[] },
): StepContext {
  const startedAtMs = parts.now().getTime();
  return {
    operation: { id: operation.id, environment: operation.environment, kind: operation.kind },
    step,
    attempt: 1,
    firstStartedAtMs: startedAtMs,
    outputs: outputsOf(operation.steps),
    estate: parts.estate,
    aws,
    now: parts.now,
    scaledSeconds: (seconds) => seconds,
    async evidence({ text }: Omit<Evidence, 'at'>) {
      told.push(text);
    },
    async cli() {
      // What the step would show is in its plan; the watcher's own record is its calls.
    },
    async keep() {
      // Nothing of this run waits for an output.
    },
    decided: () => Promise.resolve(null),
    signal: AbortSignal.timeout(TRY_MS),
  };
}

/** What its steps left, by key. */
function outputsOf(steps: Waiting['operation']['steps']): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    steps.flatMap(({ key, output }) =>
      typeof output === 'object' && output !== null ? [[key, output as Record<string, unknown>]] : [],
    ),
  );
}

/** Every try is counted; a reason that is new is told. */
async function noteTry(parts: RecoveryParts, fence: Waiting, why: string): Promise<void> {
  const error = why.slice(0, 500);
  await parts.database.inTransaction(async (connection) => {
    await connection.query(
      `update fence set attempts = attempts + 1, last_attempt_at = $2, last_error = $3, means = $4
       where id = $1 and state = 'pending'`,
      [fence.id, parts.now(), error, JSON.stringify(latestMeans(fence.means))],
    );
    if (error === fence.lastError) return;
    await announceChange(connection, 'recovery', `fence/${fence.operationId ?? fence.id}`);
    await appendAudit(connection, {
      ...workerActor(parts),
      verb: 'fence.try',
      outcome: 'failed',
      subject: `fence/${fence.instanceId}`,
      ...(fence.operationId === null ? {} : { operation: fence.operationId }),
      environment: fence.environment,
      region: fence.region,
      message: error,
    });
  });
}

/** The newest word of each means. */
function latestMeans(means: unknown): FenceMeans[] {
  return [...new Map(readMeans(means).map((one) => [one.name, one])).values()];
}

async function endFence(
  parts: RecoveryParts,
  fence: Waiting,
  state: 'done' | 'dropped',
  note: string,
): Promise<void> {
  await parts.database.inTransaction(async (connection) => {
    const { rowCount } = await connection.query(
      `update fence set state = $2, ended_at = $3, attempts = attempts + 1, last_attempt_at = $3, last_error = null, means = $4
       where id = $1 and state = 'pending'`,
      [fence.id, state, parts.now(), JSON.stringify(latestMeans(fence.means))],
    );
    if (rowCount !== 1) return;
    await announceChange(connection, 'recovery', `fence/${fence.operationId ?? fence.id}`);
    await enqueueNotification(connection, 'fence.changed', {
      operation: fence.operationId,
      environment: fence.environment,
      region: fence.region,
      instance: fence.instanceId,
      state,
      note,
    });
    await appendAudit(connection, {
      ...workerActor(parts),
      verb: state === 'done' ? 'fence.close' : 'fence.drop',
      outcome: 'done',
      subject: `fence/${fence.instanceId}`,
      ...(fence.operationId === null ? {} : { operation: fence.operationId }),
      environment: fence.environment,
      region: fence.region,
      message: note.slice(0, 500),
      detail: { attempts: fence.attempts + 1 },
    });
  });
}

/** Only what changed something is kept: a Region that does not answer would fill the table. */
async function keepCalls(
  { database }: RecoveryParts,
  fence: Waiting,
  calls: readonly CallRecord[],
): Promise<void> {
  const kept = calls.filter(({ mutating }) => mutating);
  const { operationId } = fence;
  // Calls are kept with their operation; without one the means of the fence say what was done.
  if (kept.length === 0 || operationId === null) return;
  await database.prisma.operationCall.createMany({
    data: kept.map((call) => ({
      operationId,
      stepKey: 'fence-watch',
      at: new Date(call.at),
      service: call.service,
      action: call.action,
      region: call.region,
      host: call.host,
      status: call.status,
      requestId: call.requestId,
      durationMs: Math.round(call.durationMs),
      mutating: call.mutating,
      summary: call.summary,
    })),
  });
}
