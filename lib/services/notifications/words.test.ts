import { expect, it } from 'vitest';
import { NOTIFICATION_TOPICS } from './enqueue.ts';
import { notificationText } from './words.ts';

/** As they are put into the outbox, by topic. */
const SENT: Record<(typeof NOTIFICATION_TOPICS)[number], [payload: Record<string, unknown>, text: string][]> =
  {
    'approval.requested': [
      [
        {
          operation: 'OP-7',
          title: 'Fail over to eu-west-1',
          environment: 'production',
          reason: 'us-east-1 is gone',
          needed: 1,
        },
        'OP-7 waits for an approver: Fail over to eu-west-1 in production. us-east-1 is gone.',
      ],
      [
        { operation: 'OP-7', title: 'Shift', reason: 'Load.', needed: 2 },
        'OP-7 waits for 2 approvers: Shift. Load.',
      ],
      [
        { operation: 'OP-7', title: 'Shift', reason: 'Load.', needed: 0, who: '1 operator of each Region' },
        'OP-7 waits for 1 operator of each Region: Shift. Load.',
      ],
    ],
    'approval.decided': [
      [{ operation: 'OP-7', decision: 'approve', approvals: 1, needed: 2 }, 'OP-7 has 1 of 2 approvals.'],
      [{ operation: 'OP-7', decision: 'reject', reason: 'Not now' }, 'OP-7 was rejected. Not now.'],
      [
        { operation: 'OP-7', decision: 'ask-changes', reason: 'Smaller' },
        'OP-7 was sent back for changes. Smaller.',
      ],
      [{ operation: 'OP-7', decision: 'withdraw' }, 'OP-7 was withdrawn.'],
      [{ operation: 'OP-7', decision: 'expire' }, 'OP-7 has expired: nobody decided in time.'],
    ],
    'operation.started': [
      [
        { operation: 'OP-7', title: 'Evacuate us-east-1', environment: 'production' },
        'OP-7 has started in production: Evacuate us-east-1.',
      ],
    ],
    'operation.held': [
      [
        { operation: 'OP-7', environment: 'production', reason: 'A gate judged.' },
        'OP-7 holds in production. A gate judged.',
      ],
    ],
    'operation.ended': [
      [
        { operation: 'OP-7', environment: 'production', state: 'done', outcome: null },
        'OP-7 has ended in production, done.',
      ],
      [
        { operation: 'OP-7', environment: 'production', state: 'failed', outcome: 'No answer' },
        'OP-7 has ended in production, failed. No answer.',
      ],
    ],
    'freeze.changed': [
      [{ freeze: 'f', change: 'created', reason: 'Sale' }, 'Changes are frozen. Sale.'],
      [{ freeze: 'f', change: 'lifted' }, 'A freeze was lifted.'],
      [{ freeze: 'f', change: 'changed', reason: 'Sale' }, 'A freeze was changed. Sale.'],
      [{ freeze: 'f', change: 'excepted', reason: 'A fix' }, 'A change may go through a freeze. A fix.'],
    ],
    'region.changed': [
      [
        {
          environment: 'production',
          region: 'us-east-1',
          state: 'failing',
          before: 'serving',
          reason: 'us-east-1 is seen down by two.',
        },
        'us-east-1 is seen failing in production. us-east-1 is seen down by two.',
      ],
      [
        {
          environment: 'production',
          region: 'us-east-1',
          state: 'serving',
          before: 'failing',
          reason: 'us-east-1 is seen up by two.',
        },
        'us-east-1 is not seen failing any more in production. us-east-1 is seen up by two.',
      ],
    ],
    'policy.acted': [
      [
        { environment: 'production', region: 'eu-west-1', act: 'started', operation: 'OP-9' },
        'The policy sends the readers of eu-west-1 elsewhere in production.',
      ],
      [
        { environment: 'production', region: 'eu-west-1', act: 'waits', reason: 'Frozen' },
        'The policy does not leave eu-west-1 in production. Frozen.',
      ],
    ],
    'readiness.blocked': [
      [
        {
          environment: 'production',
          scenario: 'lose-us-east-1',
          check: 'network',
          message: 'No path.',
          remedy: 'Connect them.',
        },
        'A recovery would not work as things stand in production: No path. Connect them.',
      ],
    ],
    'fence.changed': [
      [
        { instance: 'db-1', region: 'us-east-1', state: 'pending' },
        'db-1 in us-east-1 is to be shut as soon as it answers.',
      ],
      [
        { instance: 'db-1', region: 'us-east-1', state: 'done', note: 'Shut' },
        'db-1 in us-east-1 is shut: it takes no orders. Shut.',
      ],
      [
        { instance: 'db-1', region: 'us-east-1', state: 'dropped' },
        'db-1 in us-east-1 need not be shut any more.',
      ],
    ],
    'split-brain.seen': [
      [
        { instance: 'db-1', region: 'us-east-1' },
        'Split brain: db-1 in us-east-1 takes orders that the writer will never see. It is being shut.',
      ],
      [
        { environment: 'production', message: 'db-1 and db-2 each take orders. Fence all but one.' },
        'Split brain in production: db-1 and db-2 each take orders. Fence all but one.',
      ],
    ],
    'split-brain.ended': [
      [
        { environment: 'production', message: 'One database takes the orders again.' },
        'The split brain is over in production. One database takes the orders again.',
      ],
    ],
    'review.opened': [
      [
        {
          title: 'Fail over to eu-west-1',
          environment: 'production',
          reason: 'Outage',
          dueAt: '2026-11-24T10:00:00.000Z',
        },
        'A review is owed by 2026-11-24T10:00:00.000Z for Fail over to eu-west-1 in production, which started without approval. Outage.',
      ],
    ],
    'review.decided': [
      [{ operation: 'OP-7', verdict: 'agreed', note: '' }, 'OP-7 was reviewed: agreed.'],
      [
        { operation: null, verdict: 'objected', note: 'Too early' },
        'What was done by hand was reviewed: with a concern. Too early.',
      ],
    ],
    'drill.due': [
      [
        { level: 'tabletop', region: 'us-east-1', dueAt: '2026-11-24T10:00:00.000Z', reason: 'Quarterly' },
        'The tabletop drill of us-east-1 is due at 2026-11-24T10:00:00.000Z. Quarterly.',
      ],
    ],
    'drill.refused': [
      [
        {
          level: 'switchover',
          region: 'eu-west-1',
          environment: 'production',
          reason: 'A person asks for it',
        },
        'The switchover drill of eu-west-1 was due and was not requested in production. A person asks for it.',
      ],
      [
        {
          level: 'tabletop',
          region: 'us-east-1',
          environment: 'production',
          reason: 'Nothing is seen.',
          again: true,
        },
        'The tabletop drill of us-east-1 was due and was not requested in production. Nothing is seen. It is tried again.',
      ],
    ],
    'report.written': [
      [
        { operation: 'OP-7', environment: 'production' },
        'The report of OP-7 is written and signed in production.',
      ],
    ],
  };

it.each(NOTIFICATION_TOPICS)('%s is a sentence', (topic) => {
  for (const [payload, text] of SENT[topic]) expect(notificationText(topic, payload)).toBe(text);
});

it.each(NOTIFICATION_TOPICS)('%s says something of a payload of another version', (topic) => {
  for (const payload of [{}, null, 'text', { reason: 7, operation: {} }]) {
    const text = notificationText(topic, payload);
    expect(text).toMatch(/^[A-Z].*[.:]/);
    expect(text).not.toMatch(/undefined|null|\[object/);
  }
});

it('of a topic that it does not know is the topic', () => {
  expect(notificationText('sun.rose', {})).toBe('sun.rose');
});
