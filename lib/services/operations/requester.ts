import { type Action, type Grant, permits } from '#lib/domain/access/access.ts';
import { RefusedError } from '../../errors.ts';
import type { Approver } from '../approvals/approvers.ts';

/**
 * Throws RefusedError when whoever asked for the operation could not ask for it now: a request does not outlive its
 * requester's account or grant.
 */
export function assertRequesterStands(
  operation: { id: string; reverts: string | null; requester: Approver },
  regions: readonly string[],
): void {
  const { id, reverts, requester } = operation;
  const next = 'Reject it; who still wants it asks for it anew.';
  if (requester.disabledAt !== null) {
    throw new RefusedError(
      'requester-disabled',
      `${id} was not started: its requester’s account has been disabled since. ${next}`,
    );
  }
  const action: Action = reverts === null ? 'operation.request' : 'operation.control';
  const grants = requester.grants as Grant[];
  if (permits(grants, action, { regions }).allowed) return;
  const missing = regions.filter((region) => !permits(grants, action, { regions: [region] }).allowed);
  throw new RefusedError(
    'requester-grant',
    `${id} was not started: its requester no longer has the grant ${action} for ${missing.join(', ')}. ${next}`,
  );
}
