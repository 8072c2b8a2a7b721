import type { Action } from './access.ts';

/** For how long a given password, or a sign-in at the identity provider, counts as fresh, minutes. */
export const PROOF_MINUTES = 15;

/** Until when what was proved then counts; null where nothing was. ISO. */
export function proofCountsUntil(provedAt: Date | null): string | null {
  return provedAt && new Date(provedAt.getTime() + PROOF_MINUTES * 60_000).toISOString();
}

/**
 * What is done about steps that nothing can undo. `needed`: approvals that policy asks for; `tokensMay`: whether a policy
 * that names this very kind lets tokens decide.
 */
export type ForGood =
  | { act: 'request'; needed: number; tokensMay: boolean }
  | { act: 'approve' }
  | { act: 'declare' }
  /** Makes a token that may approve, or declare an emergency. */
  | { act: 'make-token' };

export interface Prover {
  /** When the session's password was last given, or its sign-in at the provider made; null where that is not known. */
  provedAt: Date | null;
  byToken: boolean;
}

/** What a token may do alone that cannot be undone: made only by somebody who has just shown who they are. */
const PROVED_SCOPES: readonly Action[] = ['operation.emergency', 'operation.approve'];

/** Those of these scopes that a token gets only from somebody who has just shown who they are. */
export function provedScopes<Scope extends Action>(scopes: readonly Scope[]): Scope[] {
  return scopes.filter((scope) => PROVED_SCOPES.includes(scope));
}

/** Whether a token may be used for what it carries: one that was made before a proof was asked for may not. */
export function mayUseToken(action: Action, provedAt: Date | null): ProofVerdict {
  if (provedAt || provedScopes([action]).length === 0) return { allowed: true };
  return no(
    'token-unproved',
    `This API token was made before whoever makes one with ${action} had to prove who they are. Make a new one under Settings, which asks for your password, and revoke this one.`,
  );
}

export type ProofVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

const TOKEN = 'An API token proves nobody’s presence';

/**
 * Whether who acts has shown freshly enough who they are (DECISIONS: irreversible steps ask for re-authentication). A token
 * never can. It may ask where a person then approves, who proves it, or where an admin has named the kind as one that tokens
 * decide on; and declare an emergency where it was made to, for which its owner proved it when it was made.
 */
export function mayDoForGood({ provedAt, byToken }: Prover, forGood: ForGood, now: Date): ProofVerdict {
  if (byToken) return byTokenVerdict(forGood);
  const ageMs = provedAt ? now.getTime() - provedAt.getTime() : Number.POSITIVE_INFINITY;
  if (ageMs <= PROOF_MINUTES * 60_000) return { allowed: true };
  return no(
    'proof-too-old',
    `It cannot be undone, and you last proved who you are more than ${PROOF_MINUTES} min ago. Give your password again, or sign in again at the identity provider.`,
  );
}

function byTokenVerdict(forGood: ForGood): ProofVerdict {
  switch (forGood.act) {
    case 'approve':
      return no('token-proof', `${TOKEN}, and this cannot be undone. A person approves it in the console.`);
    case 'request':
      return forGood.needed > 0 || forGood.tokensMay
        ? { allowed: true }
        : no(
            'token-proof',
            `${TOKEN}, this cannot be undone, and policy asks nobody to approve it. Request it in the console.`,
          );
    case 'make-token':
      return no('token-proof', `${TOKEN}: who makes a token that may do this does so in the console.`);
    case 'declare':
      return { allowed: true };
    default:
      return forGood satisfies never;
  }
}

function no(code: string, reason: string): ProofVerdict {
  return { allowed: false, code, reason };
}
