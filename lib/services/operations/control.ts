import { z } from 'zod';
import type { Action } from '#lib/domain/access/access.ts';
import { whyNotPutBack } from '#lib/domain/operation/put-back.ts';
import {
  type Control,
  isEnded,
  isUndoable,
  mayControl,
  mayUndo,
  notPutBackYet,
  type OperationState,
  pastReturnOf,
} from '#lib/domain/operation/state.ts';
import { isRecoveryKind } from '#lib/domain/recovery/params.ts';
import { raisedMinimums } from '#lib/domain/traffic/raised.ts';
import type { RevertRequest } from '#lib/domain/traffic/request.ts';
import { sameRecordWeights } from '#lib/domain/traffic/weights.ts';
import { ConflictError, NotFoundError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { GLOBAL } from '../observations/global.ts';
import { readObservations } from '../observations/read.ts';
import { defineVerb, type VerbOutcome } from '../verb.ts';
import { operationScope } from './decide.ts';
import { plannerOf } from './planners/registry.ts';
import { revertRecovery } from './revert-recovery.ts';
import { rollBackDeployment } from './roll-back.ts';
import { readStoredPlan, type StoredPlan } from './stored.ts';
import { submitOperation } from './submit.ts';

export const ControlInput = z.strictObject({
  id: z.string().regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001'),
  reason: z.string().trim().max(2000).default(''),
});

/** What was asked, of the operation itself or of the one that puts it back. */
export interface ControlResult {
  id: string;
  state: string;
  desired: string;
}

export interface RevertResult extends ControlResult {
  /** Of the run that turns round, or of the operation that puts a finished one back. */
  kind: string;
}

const DESIRED = { pause: 'pause', resume: 'run', abort: 'abort', revert: 'revert' } as const satisfies Record<
  Control,
  string
>;

/**
 * Asks a run to pause, go on, stop or put things back. It obeys at its next gate, at once when it waits; what is in
 * flight is ended by observing, never cut off.
 */
function defineControl(control: Control, action: Action) {
  return defineVerb<typeof ControlInput, ControlResult>({
    name: `operation.${control}`,
    action,
    input: ControlInput,
    scope: (input, context) => operationScope(context, input.id),
    async run(context, input, connection) {
      // The run begins an irreversible step under the same lock: a stop comes before it, or is refused.
      await connection.query('select from operation where id = $1 for no key update', [input.id]);
      const operation = await context.database.prisma.operation.findUnique({
        where: { id: input.id },
        include: { steps: { orderBy: { position: 'asc' } } },
      });
      if (!operation) throw new NotFoundError(`There is no operation ${input.id}.`);
      const verdict = mayControl(
        operation.state as OperationState,
        operation.desired,
        control,
        pastReturnOf(operation.steps),
      );
      if (!verdict.allowed)
        throw new RefusedError(verdict.code, `${input.id} was left as it is: ${verdict.reason}`);
      const { count } = await context.database.prisma.operation.updateMany({
        where: { id: input.id, state: operation.state, desired: operation.desired },
        data: { desired: DESIRED[control] },
      });
      if (count !== 1) throw new ConflictError(`${input.id} moved on while you asked. Look at it again.`);
      await context.engine.wake(connection, input.id, context.requestId);
      return {
        result: { id: input.id, state: operation.state, desired: DESIRED[control] },
        detail: { state: operation.state, ...(input.reason ? { reason: input.reason } : {}) },
        changes: [{ topic: 'operation', ref: input.id }],
      };
    },
  });
}

export const pauseOperation = defineControl('pause', 'operation.control');
export const resumeOperation = defineControl('resume', 'operation.control');
const stopRun = defineControl('abort', 'operation.abort');

/** Stops a run and puts back what it did; calls off what is approved and waits for its time. */
export const abortOperation = defineVerb<typeof ControlInput, ControlResult>({
  ...stopRun.definition,
  async run(context, input, connection) {
    const { rowCount } = await connection.query(
      `update operation set state = 'withdrawn', outcome = $2, ended_at = clock_timestamp()
        where id = $1 and state = 'scheduled'`,
      [input.id, `Called off before its time${input.reason ? `: ${input.reason}` : ''}.`],
    );
    if (rowCount !== 1) return stopRun.definition.run(context, input, connection);
    return {
      result: { id: input.id, state: 'withdrawn', desired: 'run' },
      detail: { state: 'scheduled', ...(input.reason ? { reason: input.reason } : {}) },
      changes: [
        { topic: 'operation', ref: input.id },
        { topic: 'approval', ref: input.id },
      ],
    };
  },
});

const turnRound = defineControl('revert', 'operation.control');

/**
 * Puts back former weights or versions, and with weights the minimums of nodes that the shift had raised, or what a recovery
 * left. What runs turns round at once; a shift or a deployment that was carried out, or superseded however far it had come,
 * gets an operation of its own, and so does a recovery that stopped before its point of no return. That operation is never
 * frozen and by default waits for nobody. Refused when something newer
 * would be undone with it.
 */
export const revertOperation = defineVerb<typeof ControlInput, RevertResult>({
  name: 'operation.revert',
  action: 'operation.control',
  input: ControlInput,
  scope: (input, context) => operationScope(context, input.id),
  async run(context, input, connection) {
    // Of two who revert it at once, the second sees what the first has asked for.
    await connection.query('select from operation where id = $1 for no key update', [input.id]);
    const operation = await context.database.prisma.operation.findUnique({
      where: { id: input.id },
      include: {
        revertedBy: { select: { id: true, state: true } },
        steps: { select: { action: true, region: true, output: true }, orderBy: { position: 'asc' } },
      },
    });
    if (!operation) throw new NotFoundError(`There is no operation ${input.id}.`);
    if (isRecoveryKind(operation.kind) && isEnded(operation.state as OperationState)) {
      const once = notPutBackYet(operation);
      if (!once.allowed) throw new RefusedError(once.code, `${input.id} was not reverted: ${once.reason}`);
      return ofKind('recovery-revert', await revertRecovery(context, connection, operation, input));
    }
    if (!isUndoable(operation.state))
      return ofKind(operation.kind, await turnRound.definition.run(context, input, connection));
    if (operation.kind === 'deployment')
      return ofKind('rollback', await rollBackDeployment(context, connection, operation, input));
    const verdict = mayUndo(operation);
    if (!verdict.allowed)
      throw new RefusedError(verdict.code, `${input.id} was not reverted: ${verdict.reason}`);
    const plan = readStoredPlan(operation.plan);
    if (!plan)
      throw new RefusedError('no-snapshot', `${input.id} was not reverted: ${whyNotPutBack(operation.kind)}`);
    if (operation.state === 'superseded') await assertNothingNewer(context, operation);
    else await assertStillSo(context, input.id, plan);
    const release = raisedMinimums(operation.steps);
    const request: RevertRequest = {
      mode: 'restore',
      weights: plan.change.before,
      ramp: { kind: 'immediate' },
      ...(release.length > 0 ? { release } : {}),
    };
    const planned = await plannerOf('traffic-revert').planNow(
      { ...context, asker: { personId: context.actor.personId } },
      operation.environment,
      request,
    );
    const accepted = planned.checks
      .filter(({ verdict: found }) => found === 'accept')
      .map(({ code }) => code);
    const undo = await submitOperation(context, connection, {
      planned,
      request,
      reason: input.reason || `Revert of ${input.id}`,
      acknowledged: accepted,
      reverts: input.id,
    });
    return {
      result: { id: undo.id, state: undo.state, desired: 'run', kind: 'traffic-revert' },
      subject: `operation/${undo.id}`,
      operation: undo.id,
      detail: {
        reverts: input.id,
        digest: undo.digest,
        ...(release.length > 0 ? { releases: release.map(({ region }) => region) } : {}),
        ...(input.reason ? { reason: input.reason } : {}),
      },
      changes: [
        { topic: 'operation', ref: undo.id },
        { topic: 'operation', ref: input.id },
      ],
    };
  },
});

function ofKind(kind: string, outcome: VerbOutcome<ControlResult>): VerbOutcome<RevertResult> {
  return { ...outcome, result: { ...outcome.result, kind } };
}

/** The live weights must be those the shift left: otherwise something newer would be undone with it. */
async function assertStillSo(context: VerbContext, id: string, plan: StoredPlan): Promise<void> {
  const live = (await readObservations(context, ['records'])).of(GLOBAL, 'records').value?.weights;
  if (live && sameRecordWeights(live, plan.change.after)) return;
  throw new RefusedError(
    'moved-on',
    `${id} was not reverted: the live weights are no longer those it left. Shift traffic from what is live now instead.`,
  );
}

/** What a superseded shift left is neither before nor after: only a later shift could be undone with it. */
async function assertNothingNewer(
  context: VerbContext,
  { id, environment, endedAt }: { id: string; environment: string; endedAt: Date | null },
): Promise<void> {
  const later = await context.database.prisma.operation.findFirst({
    where: {
      environment,
      kind: { in: ['traffic-shift', 'traffic-revert'] },
      startedAt: { gt: endedAt ?? context.now },
      // An attempt to put this one back that failed is no reason not to try again.
      OR: [{ reverts: null }, { reverts: { not: id } }],
    },
    orderBy: { startedAt: 'desc' },
    select: { id: true },
  });
  if (!later) return;
  throw new RefusedError(
    'moved-on',
    `${id} was not reverted: ${later.id} has set the weights since. Shift traffic from what is live now instead.`,
  );
}
