import type { ActPlan } from '#components/shell/act-model.ts';
import type { FreezeRow } from './model.ts';

/** The sheet before a freeze is lifted: what it holds goes on at once, and only another freeze holds it again. */
export function liftPlan(row: FreezeRow): ActPlan {
  const inForce = row.status === 'held';
  return {
    title: `Lift ${row.title}`,
    note: `${row.what}, ${row.region}`,
    changes: [{ label: row.title, before: row.word, after: 'lifted' }],
    changeNote: `${inForce ? 'At once: runs that it holds go on, and new ones may start.' : 'Its times to come hold nothing.'} It stays lifted: to freeze again, set another.`,
    checks: [
      {
        id: 'reason',
        status: 'warning',
        text: 'The reason that it was set for may still stand.',
        reason: `${row.by}: ${row.reason}`,
      },
    ],
    agreement: 'Nobody else. Operators, approvers and admins may freeze and lift.',
    verb: `Lift ${row.title}`,
    reason: 'optional',
  };
}
