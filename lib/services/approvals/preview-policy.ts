import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { asksNobody, type Policy } from '#lib/domain/approval/approval.ts';
import {
  loosens,
  type PolicyChange,
  policyChanges,
  withoutPolicy,
  withPolicy,
} from '#lib/domain/approval/change.ts';
import { type Reach, reachOf } from '#lib/domain/approval/reach.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { type ApprovalFrame, readApprovalFrame, withCandidates } from './judge.ts';
import {
  assertKnownPolicy,
  judgePolicyChanges,
  POLICY_ASKED,
  POLICY_KEY,
  type PolicyVerdict,
} from './policies.ts';
import { askedNow } from './terms.ts';

export const PreviewPolicyInput = z.strictObject({
  ...POLICY_KEY,
  asked: z.strictObject(POLICY_ASKED).nullable().describe('what it would ask for; null where it is removed'),
});

export interface PolicyPreview {
  changes: readonly PolicyChange[];
  loosens: boolean;
  /** Whether the verb would let this person do it. */
  verdict: PolicyVerdict;
  /** Who could agree at present to what is asked differently, once each. */
  reach: readonly (Reach & { environment: string })[];
  /** Requests that wait and would be held to more. */
  held: readonly string[];
}

/** What setting or removing a policy would change, and who could agree then. Nothing is stored. */
export async function previewPolicy(context: VerbContext, raw: unknown): Promise<PolicyPreview> {
  assertPermitted(context, 'policy.change', {});
  const { asked, ...key } = parseInput(PreviewPolicyInput, raw);
  if (asked) assertKnownPolicy(context, key, 'not looked at');
  const frame = await withCandidates(context, await readApprovalFrame(context));
  const before = frame.policies;
  const after = asked ? withPolicy(before, { ...key, ...asked }) : withoutPolicy(before, key);
  const environments = context.estate.environments.map(({ name }) => name);
  const changes = policyChanges(before, after, environments);
  return {
    changes,
    loosens: loosens(changes),
    verdict: await judgePolicyChanges(context, changes),
    reach: reachOfAll(context, frame, changes),
    held: await heldToMore(context, before, after),
  };
}

function reachOfAll(
  { estate, now }: VerbContext,
  { candidates, roster }: ApprovalFrame,
  changes: readonly PolicyChange[],
): PolicyPreview['reach'] {
  const different = new Map(
    changes
      .filter(({ after }) => !asksNobody(after))
      .map(({ environment, after: { needed, rules } }) => [
        JSON.stringify([environment, needed, rules]),
        { environment, needed, rules },
      ]),
  );
  return [...different.values()].map(({ environment, needed, rules }) => {
    const regions = findEnvironment(estate, environment)?.regions ?? [];
    return { environment, ...reachOf({ regions, needed, rules }, candidates, roster, now) };
  });
}

const MOST_WAITING = 200;

async function heldToMore(
  { database }: VerbContext,
  before: readonly Policy[],
  after: readonly Policy[],
): Promise<string[]> {
  const waiting = await database.prisma.operation.findMany({
    where: { state: { in: ['awaiting-approval', 'scheduled'] } },
    select: {
      id: true,
      kind: true,
      environment: true,
      state: true,
      needed: true,
      plan: true,
      acknowledged: true,
      approvalTerms: true,
    },
    orderBy: { createdAt: 'asc' },
    take: MOST_WAITING,
  });
  return waiting
    .filter((request) => {
      const more = askedNow(request, after).tightened;
      return more.length > 0 && !isDeepStrictEqual(more, askedNow(request, before).tightened);
    })
    .map(({ id }) => id);
}
