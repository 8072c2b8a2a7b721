import { type ForGood, mayDoForGood, type ProofVerdict } from '#lib/domain/access/proof.ts';
import { pointOfNoReturn } from '#lib/domain/operation/plan.ts';
import { ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { requireRecentProof } from '../sessions/recent-proof.ts';
import type { PlannedOperation } from './planners/planner.ts';
import { readStoredOperation } from './stored.ts';

/**
 * Before what nothing can undo is asked for: who asks has just shown who they are, and has typed the name of what cannot be
 * got back. A plan without such a step needs neither.
 */
export function assertMeant(
  context: VerbContext,
  planned: Pick<PlannedOperation, 'plan' | 'confirm'>,
  asked: { confirm: string | undefined; forGood: ForGood; attempted: string },
): void {
  if (!pointOfNoReturn(planned.plan)) return;
  const { confirm } = planned;
  if (confirm && asked.confirm?.trim() !== confirm.name) {
    throw new ValidationError(
      `${asked.attempted}: it cannot be undone, so ${confirm.name} is typed first (${confirm.why}).`,
      { confirm: `must be ${confirm.name}, ${confirm.why}` },
    );
  }
  requireRecentProof(context, asked.forGood, asked.attempted);
}

/** As `assertMeant`, of a stored plan that somebody approves: they typed nothing, and prove who they are. */
export function assertApproverProved(context: VerbContext, operation: { id: string; plan: unknown }): void {
  if (!isForGood(operation.plan)) return;
  requireRecentProof(context, { act: 'approve' }, `${operation.id} was not approved`);
}

/** What lists and pages say of it: a token is told that it cannot; a person proves it with the approval itself. */
export function mayApproveForGood({ actor, now }: VerbContext, plan: unknown): ProofVerdict {
  if (actor.tokenScopes === undefined || !isForGood(plan)) return { allowed: true };
  return mayDoForGood({ provedAt: null, byToken: true }, { act: 'approve' }, now);
}

/** Whether a stored plan has a step that nothing can undo; one that this version cannot read counts as such. */
function isForGood(plan: unknown): boolean {
  const stored = readStoredOperation(plan);
  return stored === null || stored.steps.some(({ irreversible }) => irreversible);
}
