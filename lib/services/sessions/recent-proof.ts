import { type ForGood, mayDoForGood } from '#lib/domain/access/proof.ts';
import { RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';

/** Throws RefusedError, `attempted` before its reason, where who acts has not shown freshly enough who they are. */
export function requireRecentProof(
  { actor, now }: Pick<VerbContext, 'actor' | 'now'>,
  forGood: ForGood,
  attempted: string,
): void {
  const prover = { provedAt: actor.provedAt ?? null, byToken: actor.tokenScopes !== undefined };
  const verdict = mayDoForGood(prover, forGood, now);
  if (!verdict.allowed) throw new RefusedError(verdict.code, `${attempted}: ${verdict.reason}`);
}
