import { type Grant, permits } from '#lib/domain/access/access.ts';
import {
  type ApprovalVerdict,
  DECISIONS,
  type Decider,
  type Decision,
  mayDecide,
  type Policy,
} from '#lib/domain/approval/approval.ts';
import {
  type ApprovalProgress,
  type ApprovalQuestion,
  approvalProgress,
  type Candidate,
  type CountedDecision,
  counts,
  type DutyRoster,
  type Holder,
  isAuthor,
  mayAgree,
} from '#lib/domain/approval/progress.ts';
import { dutyOf } from '#lib/domain/recovery/support.ts';
import type { Prisma } from '../../data/generated/client.ts';
import type { VerbContext } from '../context.ts';
import { changedRegions } from '../operations/regions.ts';
import { APPROVER, type Approver } from './approvers.ts';
import { type DelegationRow, listOpenDelegations } from './delegations.ts';
import { listPolicies } from './policies.ts';
import { type AskedTerms, askedNow, type StoredRequest } from './terms.ts';

/** What has to be read of a request's decisions to judge them. */
export const JUDGED_DECISIONS = {
  include: { person: { select: APPROVER }, principal: { select: APPROVER } },
  orderBy: { decidedAt: 'asc' },
} as const satisfies Prisma.Operation$decisionsArgs;

export type JudgedDecision = Prisma.ApprovalDecisionGetPayload<typeof JUDGED_DECISIONS>;

export interface JudgedRequest extends StoredRequest {
  id: string;
  digest: string;
  requestedBy: string;
  expiresAt: Date;
  decisions: readonly JudgedDecision[];
}

/** What requests are judged by: read once, for one or for a page of them. */
export interface ApprovalFrame {
  policies: readonly Policy[];
  roster: DutyRoster;
  delegations: readonly DelegationRow[];
  /** Who may agree to anything, for naming who may meet what is open; empty where nobody is to be named. */
  candidates: readonly Candidate[];
  actor: Holder | null;
}

/** What one request is judged by; names nobody who may meet what is open (`withCandidates`). */
export async function readApprovalFrame(context: VerbContext): Promise<ApprovalFrame> {
  const { database, estate, now, actor } = context;
  const self = actor.personId
    ? await database.prisma.person.findUnique({ where: { id: actor.personId }, select: APPROVER })
    : null;
  return {
    policies: await listPolicies(database),
    roster: {
      regions: estate.regions.map((region) => ({ code: region.code, duty: (at) => dutyOf(region, at) })),
    },
    delegations: await listOpenDelegations(database, now),
    candidates: [],
    // Grants are those of the call: a session's, or a token's owner's.
    actor: self && { ...holderOf(self), grants: actor.grants },
  };
}

const MOST_CANDIDATES = 200;

/** The same, with everybody who may agree to something, themselves or as a delegate. */
export async function withCandidates(
  { database }: Pick<VerbContext, 'database'>,
  frame: ApprovalFrame,
): Promise<ApprovalFrame> {
  const people = await database.prisma.person.findMany({
    where: { disabledAt: null, grants: { some: { role: { not: 'viewer' } } } },
    select: APPROVER,
    orderBy: { name: 'asc' },
    take: MOST_CANDIDATES,
  });
  return {
    ...frame,
    candidates: [
      ...people.map(holderOf).map((holder) => ({ label: holder.name, holder, actor: holder })),
      ...frame.delegations.map(({ delegator, delegate }) => ({
        label: `${delegate.name} for ${delegator.name}`,
        holder: holderOf(delegator),
        actor: holderOf(delegate),
      })),
    ],
  };
}

function holderOf({ id, name, email, disabledAt, grants }: Approver): Holder {
  return { personId: id, name, email, active: disabledAt === null, grants: grants as Grant[] };
}

export interface Judgement {
  regions: string[];
  asked: AskedTerms;
  progress: ApprovalProgress;
  /** Whether the reader may decide now, and in whose name. */
  verdict: ApprovalVerdict;
  /** Set where they would decide as that person's delegate. */
  inNameOf: { id: string; name: string } | null;
  /** As `progress`, once the reader has approved too. */
  afterApproval: () => ApprovalProgress;
  /** Whether a decision counts now, by its id. */
  counts: (decisionId: string) => boolean;
}

/**
 * Who has agreed to a request, what is open, and whether the reader may decide on it. `inNameOf` asks for one delegation; left
 * out, people decide for themselves where they may, else in the name of whoever lets them.
 */
export function judgeRequest(
  context: VerbContext,
  frame: ApprovalFrame,
  request: JudgedRequest,
  wanted: { inNameOf?: string | undefined } = {},
): Judgement {
  const regions = changedRegions(context, request);
  const asked = askedNow(request, frame.policies);
  const question = { ...asked, digest: request.digest, requestedBy: request.requestedBy, regions };
  // What was started has been decided: who may no longer approve is left out only while it waits.
  const waits = request.state === 'awaiting-approval' || request.state === 'scheduled';
  const made = request.decisions.map((decision) => countedOf(decision, waits));
  const standing = standingOf(context, frame, request, { question, wanted: wanted.inNameOf });
  const progress = approvalProgress(question, made, frame.roster, context.now, frame.candidates);
  return {
    regions,
    asked,
    progress,
    verdict: standing.verdict,
    inNameOf: standing.inNameOf && { id: standing.inNameOf.personId, name: standing.inNameOf.name },
    afterApproval() {
      const { actor } = frame;
      if (!actor) return progress;
      const by = standing.inNameOf ?? actor;
      const mine: CountedDecision = {
        decision: 'approve',
        digest: request.digest,
        at: context.now,
        by,
        actorId: actor.personId,
      };
      return approvalProgress(question, [...made, mine], frame.roster, context.now, frame.candidates);
    },
    counts(decisionId) {
      const at = request.decisions.findIndex(({ id }) => id === decisionId);
      const decision = made[at];
      return decision !== undefined && counts(question, decision, frame.roster);
    },
  };
}

/** Whose approval it is; who acted as a delegate counts as long as whoever it was for could give it. */
function countedOf(made: JudgedDecision, waits: boolean): CountedDecision {
  const by = holderOf(made.principal ?? made.person);
  return {
    decision: made.decision,
    digest: made.digest,
    at: made.decidedAt,
    by: waits ? by : { ...by, active: true, grants: [...by.grants, ...AS_DECIDED] },
    actorId: made.personId,
  };
}

/** Of what is over: who decided could, whatever became of their grants since. */
const AS_DECIDED: readonly Grant[] = [{ role: 'approver', region: null, action: null }];

interface Standing {
  verdict: ApprovalVerdict;
  inNameOf: Holder | null;
}

function standingOf(
  context: VerbContext,
  frame: ApprovalFrame,
  request: JudgedRequest,
  { question, wanted }: { question: ApprovalQuestion & AskedTerms; wanted: string | undefined },
): Standing {
  const { actor, roster } = frame;
  if (!actor) {
    const permission = permits(context.actor.grants, 'operation.approve', { regions: question.regions });
    return { verdict: permission.allowed ? NOBODY : permission, inNameOf: null };
  }
  const byToken = context.actor.tokenScopes !== undefined;
  const decisions = request.decisions.map(
    ({ personId, inNameOf, decision, digest }): Decision => ({
      personId,
      inNameOf,
      decision: DECISIONS.find((known) => known === decision) ?? 'reject',
      digest,
    }),
  );
  const judged = (holder: Holder): Standing => {
    const inNameOf = holder === actor ? null : holder;
    const decider: Decider = {
      personId: actor.personId,
      byToken,
      inNameOf: inNameOf?.personId ?? null,
      isAuthor: isAuthor(question.author, actor) || isAuthor(question.author, holder),
    };
    const policy = { tokensApprove: question.tokensApprove };
    const agrees = mayAgree(question, holder, roster, context.now);
    if (!agrees.allowed && agrees.code !== 'off-duty') return { verdict: agrees, inNameOf };
    const verdict = mayDecide(request, decisions, decider, policy, context.now);
    return { verdict: verdict.allowed ? agrees : verdict, inNameOf };
  };
  // A token stands for its owner alone: nobody hands their approvals to a program.
  const lenders = byToken
    ? []
    : frame.delegations
        .filter(({ toPerson }) => toPerson === actor.personId)
        .map(({ delegator }) => holderOf(delegator))
        .filter(({ active }) => active);
  if (wanted !== undefined) {
    const lender = lenders.find(({ personId }) => personId === wanted);
    return lender ? judged(lender) : { verdict: NO_DELEGATION, inNameOf: null };
  }
  const own = judged(actor);
  if (own.verdict.allowed || !OTHERS_MAY.has(own.verdict.code)) return own;
  const lent = lenders.map(judged);
  return lent.find(({ verdict }) => verdict.allowed) ?? lent[0] ?? own;
}

/** What keeps a person from deciding for themselves, and not from deciding in another's name. */
const OTHERS_MAY: ReadonlySet<string> = new Set(['no-grant', 'region-not-granted', 'off-duty']);

const NOBODY: ApprovalVerdict = {
  allowed: false,
  code: 'nobody',
  reason: 'Only a person, or a token that policy allows, can decide on an operation.',
};
const NO_DELEGATION: ApprovalVerdict = {
  allowed: false,
  code: 'no-delegation',
  reason: 'They do not let you decide in their name now.',
};
