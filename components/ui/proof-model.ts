/** How a person shows again who they are, before what cannot be undone, and until when they have. */
export interface ProofNeed {
  by: 'password' | 'provider';
  /** Until when the last proof counts; null where none does. ISO. */
  freshUntil: string | null;
}

/** Rule of a refusal for want of a fresh proof, whatever this browser's clock says. */
const PROOF_TOO_OLD = 'proof-too-old';

/** Whether the proof has to be given now. */
export function asksForProof(need: ProofNeed | null, nowMs: number, refusedBy?: string): need is ProofNeed {
  if (need === null) return false;
  if (refusedBy === PROOF_TOO_OLD) return true;
  return need.freshUntil === null || Date.parse(need.freshUntil) <= nowMs;
}

/** What is still missing of it, as the rule beside the button. */
export function proofBlocker(need: ProofNeed | null, given: string, nowMs: number): string | undefined {
  if (!asksForProof(need, nowMs)) return undefined;
  if (need.by === 'provider') return 'Sign in again first: this cannot be undone.';
  return given === '' ? 'Give your password first: this cannot be undone.' : undefined;
}
