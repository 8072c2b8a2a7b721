import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

const ACTS_SHOWN = 20;

/** What a policy did about a Region that was seen failing, or why it did not. */
export interface PolicyAct {
  id: string;
  region: string;
  /** `waiting`: something keeps it from acting. `stood-down`: people took it in hand, or the policy was taken back. */
  state: 'waiting' | 'started' | 'stood-down';
  failingSince: Date;
  openedAt: Date;
  /** What keeps it from acting, or made it stand down. */
  rule: string | null;
  reason: string | null;
  operation: { id: string; state: string; outcome: string | null } | null;
  actedAt: Date | null;
  /** When the Region served again; null while the incident lasts. */
  endedAt: Date | null;
}

/** The newest incidents that a policy of this environment acted in, or would have; newest first. */
export async function listPolicyActs(context: VerbContext, environment: string): Promise<PolicyAct[]> {
  assertPermitted(context, 'read', {});
  const rows = await context.database.prisma.policyAct.findMany({
    where: { environment },
    include: { operation: { select: { id: true, state: true, outcome: true } } },
    orderBy: [{ openedAt: 'desc' }, { id: 'desc' }],
    take: ACTS_SHOWN,
  });
  return rows.map(({ evidence: _, said: __, operationId: ___, environment: ____, state, ...act }) => ({
    ...act,
    state: state as PolicyAct['state'],
  }));
}
