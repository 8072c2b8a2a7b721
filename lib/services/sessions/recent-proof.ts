import { RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';

/** Minutes for which a given password, or a sign-in at the identity provider, counts as fresh. */
const PROOF_MINUTES = 5;

/**
 * For steps that nothing can undo: whoever acts must have proved within the last five minutes who they are. Throws
 * RefusedError with the rule `proof-too-old`; a token, which proves nothing of the sort, is always refused.
 */
export function requireRecentProof({ actor, now }: Pick<VerbContext, 'actor' | 'now'>): void {
  const ageMs = actor.provedAt && !actor.tokenScopes ? now.getTime() - actor.provedAt.getTime() : Infinity;
  if (ageMs <= PROOF_MINUTES * 60_000) return;
  throw new RefusedError(
    'proof-too-old',
    'Nothing was done: this cannot be undone, so it needs you to have signed in within the last ' +
      `${PROOF_MINUTES} minutes. Sign in again and repeat it in the console.`,
  );
}
