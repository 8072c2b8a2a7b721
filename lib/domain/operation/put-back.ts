import { isRecoveryKind } from '../recovery/params.ts';

/** Why what an ended operation of that kind has changed is put back by no operation of its own. */
export function whyNotPutBack(kind: string): string {
  if (isRecoveryKind(kind)) return 'What a recovery has changed is changed again by a plan of its own.';
  if (kind === 'recovery-revert')
    return 'It puts back what another operation left: revert that one again instead.';
  if (kind === 'rollback' || kind === 'deployment')
    return 'It kept no former version to put back: deploy the one that is wanted instead.';
  return 'It kept no former weights to put back: shift traffic from what is live now instead.';
}

/** What a run of that kind does once it has turned round: "puts the former weights back". */
export function turnedRoundWords(kind: string): string {
  if (isRecoveryKind(kind)) return 'puts back what it has changed';
  if (kind === 'deployment') return 'puts the version before back where it was switched';
  if (kind === 'rollback') return 'stops where it is: a rollback has nothing to put back';
  if (kind === 'recovery-revert') return 'stops where it is: what it has put back stays';
  return 'puts the former weights back';
}

/** What an operation of that kind does that was made to put another back. */
export function puttingBackWords(kind: string): string {
  if (kind === 'recovery-revert') return 'puts back what was left';
  return kind === 'rollback' ? 'puts the version before back' : 'puts the former weights back';
}
