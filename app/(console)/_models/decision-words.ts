import type { Status } from '#components/ui/model.ts';

const WORDS = {
  approve: 'approved',
  reject: 'rejected',
  'ask-changes': 'asked for changes',
} as const;

const isKnown = (decision: string): decision is keyof typeof WORDS => Object.hasOwn(WORDS, decision);

/** What somebody did, and whether it was about this plan. */
export function decisionWords(
  { decision, digest }: { decision: string; digest: string },
  current: string,
): { status: Status; word: string } {
  if (digest !== current) return { status: 'held', word: 'decided on another plan' };
  return {
    status: decision === 'approve' ? 'ok' : 'held',
    word: isKnown(decision) ? WORDS[decision] : decision,
  };
}
