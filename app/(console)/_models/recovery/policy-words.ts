import type { AcceptedAhead, OnFailing, RecoveryPolicy } from '#lib/domain/recovery/automatic.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import type { PolicyAct } from '#lib/services/recovery/policy-acts.ts';

/** What is accepted ahead, as its checkbox says it. */
export const AHEAD_WORDS = {
  capacity: 'The Regions that go on may be slow or shed load until they have more nodes.',
  residency:
    'Users may be served outside the jurisdiction meant for them; a legal basis is on record (C-03).',
} as const satisfies Record<AcceptedAhead, string>;

const AHEAD_SHORT = { capacity: 'short capacity', residency: 'residency' } as const satisfies Record<
  AcceptedAhead,
  string
>;

export const ON_FAILING_WORDS = {
  recommend: {
    label: 'recommends, and people decide',
    hint: 'People are told who fails, by whom it is seen, and what can be done about it.',
  },
  'evacuate-reads': {
    label: 'sends its readers elsewhere by itself',
    hint: 'Once an incident, of one Region at a time, with nobody asked; never while frozen, never against a check that refuses. It moves no orders.',
  },
} as const satisfies Record<OnFailing, { label: string; hint: string }>;

/** "sends its readers elsewhere by itself; residency accepted ahead; promotes nothing" */
export function policyWords({ onFailing, accepts }: Pick<RecoveryPolicy, 'onFailing' | 'accepts'>): string {
  if (onFailing === 'recommend')
    return 'Meridian recommends; it moves no reader and promotes nothing without a person.';
  const ahead =
    accepts.length === 0
      ? 'nothing is accepted ahead'
      : `${accepts.map((code) => AHEAD_SHORT[code]).join(' and ')} accepted ahead`;
  return `Meridian sends the readers of a failing Region elsewhere by itself; ${ahead}. It promotes nothing without a person.`;
}

/** What the policy did last, or why it did not: "left ap-southeast-1 by OP-1007, 4 min ago; done". */
export function actWords(act: PolicyAct | undefined, now: Date): string {
  if (!act) return 'nothing yet';
  const { region, state, operation, reason, openedAt, actedAt, endedAt } = act;
  const ago = (at: Date) => `${durationWords((now.getTime() - at.getTime()) / 1_000)} ago`;
  if (state === 'started')
    return `sent the readers of ${region} elsewhere ${ago(actedAt ?? openedAt)}: ${operation?.id ?? 'a run'} ${operation?.outcome ? `is ${operation.state}. ${operation.outcome}` : `is ${operation?.state ?? 'unknown'}.`}`;
  if (state === 'waiting' && endedAt === null)
    return reason === null
      ? `looks at ${region}, which was seen failing ${ago(openedAt)}.`
      : `has not left ${region}, seen failing ${ago(openedAt)}: ${reason} It acts when that is gone.`;
  return `did nothing about ${region}, seen failing ${ago(openedAt)}: ${reason ?? ''}`;
}
