import type pg from 'pg';
import type { RecoveryRevertParams } from '#lib/domain/recovery/params.ts';
import type { VerbContext } from '../context.ts';
import type { VerbOutcome } from '../verb.ts';
import type { ControlResult } from './control.ts';
import { plannerOf } from './planners/registry.ts';
import { submitOperation } from './submit.ts';

/**
 * Puts back what a recovery has left that was superseded, or whose compensation a person left, by an operation of its own.
 * Throws RefusedError as its planner does.
 */
export async function revertRecovery(
  context: VerbContext,
  connection: pg.PoolClient,
  operation: { id: string; environment: string },
  input: { reason: string },
): Promise<VerbOutcome<ControlResult>> {
  const { id, environment } = operation;
  const request: RecoveryRevertParams = { reverts: id };
  const planned = await plannerOf('recovery-revert').planNow(
    { ...context, asker: { personId: context.actor.personId } },
    environment,
    request,
  );
  const undo = await submitOperation(context, connection, {
    planned,
    request,
    reason: input.reason || `Revert of ${id}`,
    acknowledged: [],
    reverts: id,
  });
  return {
    result: { id: undo.id, state: undo.state, desired: 'run' },
    subject: `operation/${undo.id}`,
    operation: undo.id,
    detail: { reverts: id, digest: undo.digest, ...(input.reason ? { reason: input.reason } : {}) },
    changes: [
      { topic: 'operation', ref: undo.id },
      { topic: 'operation', ref: id },
    ],
  };
}
