import type { ApprovalRequest } from '#components/approvals/model.ts';
import { formatMoney, formatShare, formatSigned } from '#components/ui/format.ts';
import type { Check, Permission, Status } from '#components/ui/model.ts';
import { pointOfNoReturn } from '#lib/domain/operation/plan.ts';
import { isRecoveryKind } from '#lib/domain/recovery/params.ts';
import { toRecordWeights } from '#lib/domain/traffic/weights.ts';
import { readVoided } from '#lib/services/approvals/voided.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { findDifferences } from '#lib/services/operations/decide.ts';
import { getOperation, type OperationDetail } from '#lib/services/operations/read.ts';
import {
  readStoredOperation,
  readStoredPrice,
  type StoredOperation,
} from '#lib/services/operations/stored.ts';
import { proofNeed } from '#lib/web/prove.ts';
import { askedLoss } from './asked-rpo.ts';
import { commentsModel } from './comments.ts';
import { checkModel, count, inOrder, listOf, within } from './common.ts';
import { decisionWords } from './decision-words.ts';
import { isDeploymentKind } from './deployment-run.ts';
import { reviseHref } from './revise.ts';

const DAY_SECONDS = 86_400;

/** One request as its approver reads it; throws NotFoundError. */
export async function requestModel(context: VerbContext, id: string): Promise<ApprovalRequest> {
  const detail = await getOperation(context, id);
  const { operation, approval, may } = detail;
  const here = within(context.estate, operation.environment);
  const plan = readStoredOperation(operation.plan);
  const price = readStoredPrice(operation.price);
  const waiting = operation.state === 'awaiting-approval';
  const loss = waiting ? await askedLoss(context, operation) : null;
  const differences = waiting ? await findDifferences(context, operation) : null;
  const irreversible = plan && pointOfNoReturn(plan);
  return {
    id,
    environment: operation.environment,
    title: operation.title,
    requestedAt: operation.createdAt.toISOString(),
    requestedBy: operation.requester.name,
    reason: operation.reason,
    changes: changesOf(
      plan,
      context.estate.regions.map(({ code }) => code),
    ),
    irreversible:
      plan && irreversible
        ? `Step ${plan.steps.indexOf(irreversible) + 1}, “${irreversible.title}”: from there it goes forward, and nothing is put back.`
        : null,
    changeNote: count(operation.steps.length, 'step'),
    records: plan?.change ? recordDiff(context, plan.change) : [],
    checks: (plan?.checks ?? []).map((check) => checkModel(check, { withinSeconds: DAY_SECONDS, here })),
    recheckedAt: operation.createdAt.toISOString(),
    price: price
      ? [
          ...price.lines.map(({ label, monthlyDollars }) => ({
            term: label,
            description: formatMoney(monthlyDollars),
          })),
          { term: 'If kept a month', description: formatMoney(price.monthlyDollars), strong: true },
        ]
      : [],
    risk: { high: approval.asked.risk === 'high', reasons: approval.asked.reasons },
    agreement: agreementOf(context, detail, irreversible?.title ?? null),
    voided: voidedOf(detail, differences),
    comments: await commentsModel(context, id),
    revise:
      operation.requestedBy === context.actor.personId && !waiting ? reviseHref(context, operation) : null,
    rpo: loss?.rpo ?? null,
    proof: irreversible ? proofNeed(context.actor) : null,
    digest: operation.digest,
    bound: [...boundTo(operation), ...changedLines(differences)],
    decide: decidable(may.decide, { differences, worse: loss?.worse ?? null }),
    // Support hours matter to who agrees, not to who turns it down.
    turnDown: !may.decide.allowed && may.decide.code === 'off-duty' ? { allowed: true } : may.decide,
    decidesFor: approval.verdict.allowed ? (approval.inNameOf?.name ?? null) : null,
    closed: waiting ? null : (operation.outcome ?? `It is ${operation.state}.`),
  };
}

/** Shares before and after; of another kind, what it changes in its own words. */
function changesOf(plan: StoredOperation | null, order: readonly string[]): ApprovalRequest['changes'] {
  const { change, changes = [] } = plan ?? {};
  if (!change) return changes.map(({ label, before, after }) => ({ label, now: before, after }));
  return inOrder(change.sharesAfter, order).map((code) => {
    const before = change.sharesBefore[code] ?? 0;
    const after = change.sharesAfter[code] ?? 0;
    const points = (after - before) * 100;
    return {
      label: `${code}, global share`,
      now: `${formatShare(before)} %`,
      after: `${formatShare(after)} %`,
      difference: `${formatSigned(points, 1)} pt`,
      same: Math.abs(points) < 0.05,
    };
  });
}

function recordDiff(
  context: VerbContext,
  change: NonNullable<StoredOperation['change']>,
): ApprovalRequest['records'] {
  const order = context.estate.regions.map(({ code }) => code);
  const line = (row: Record<string, number>) => {
    const weights = toRecordWeights(row);
    return inOrder(weights, order)
      .map((region) => `${region} ${weights[region] ?? 0}`)
      .join('  ');
  };
  return Object.keys(change.after).flatMap((geography) => {
    const removed = line(change.before[geography] ?? {});
    const added = line(change.after[geography] ?? {});
    if (removed === added) return [];
    return [
      { kind: 'context' as const, text: `${geography}.${context.estate.dns.originName}  A  alias` },
      { kind: 'removed' as const, text: removed },
      { kind: 'added' as const, text: added },
    ];
  });
}

function agreementOf(
  context: VerbContext,
  { operation, approval }: OperationDetail,
  irreversible: string | null,
): ApprovalRequest['agreement'] {
  const { personId } = context.actor;
  const mine = operation.decisions.find((made) => made.personId === personId || made.inNameOf === personId);
  const { requirements } = approval.progress;
  const waits = operation.state === 'awaiting-approval';
  return {
    rule:
      requirements.length === 0
        ? 'nobody, by policy'
        : `${listOf(requirements.map(({ words }) => words))}, not the requester`,
    requirements: requirements.map((requirement) => ({
      key: requirement.key,
      words: requirement.words,
      status: requirement.met ? 'ok' : waits ? 'waiting' : 'held',
      word: requirement.met ? 'met' : `${requirement.have} of ${requirement.need}`,
      who: requirement.met || !waits ? null : (requirement.offDuty ?? mayMeetWords(requirement.mayMeet)),
    })),
    tightened:
      approval.asked.tightened.length === 0
        ? null
        : `The policy was tightened since it was asked for: ${listOf(approval.asked.tightened)}.`,
    you: mine
      ? decisionWords(mine, operation.digest)
      : {
          status: 'waiting',
          word: operation.requestedBy === personId ? 'requested it' : 'not decided',
        },
    others: operation.decisions
      .filter((made) => made !== mine)
      .map((made) => ({
        who: made.principal ? `${made.person.name} for ${made.principal.name}` : made.person.name,
        ...decisionWords(made, operation.digest),
        ...(made.reason === '' ? {} : { reason: made.reason }),
      })),
    expiresAt: operation.expiresAt.toISOString(),
    undo: undoWords(context, operation.kind, irreversible),
  };
}

const MOST_NAMES = 4;

function mayMeetWords(names: readonly string[]): string {
  if (names.length === 0) return 'Nobody may meet it: ask an admin to grant somebody the role.';
  const more = names.length - MOST_NAMES;
  const shown = more > 0 ? [...names.slice(0, MOST_NAMES), `${more} more`] : names;
  return `${listOf(shown)} may.`;
}

/** What voided the approvals, or would: the plan of now is another one. */
function voidedOf(
  { operation }: OperationDetail,
  differences: readonly string[] | null,
): ApprovalRequest['voided'] {
  const voided = readVoided(operation.voided);
  if (differences !== null && operation.state === 'awaiting-approval')
    return { at: voided?.at ?? null, text: `Since it was requested, ${changedWords(differences)}.` };
  if (voided === null || operation.state === 'awaiting-approval') return null;
  return { at: voided.at, text: `When it was to start, ${changedWords(voided.differences)}.` };
}

function changedWords(differences: readonly string[]): string {
  const words = differences.length === 0 ? ['the plan'] : differences;
  return `${listOf(words)} changed`;
}

function changedLines(differences: readonly string[] | null): Check[] {
  return (differences ?? []).map((text) => ({
    id: `changed ${text}`,
    status: 'held',
    text: `changed: ${text}`,
  }));
}

function decidable(
  verdict: Permission,
  { differences, worse }: { differences: readonly string[] | null; worse: string | null },
): Permission {
  if (!verdict.allowed) return verdict;
  if (differences !== null)
    return {
      allowed: false,
      code: 'voided',
      reason: 'The plan is no longer the one that was requested. It is asked for anew from the new preview.',
    };
  return worse === null ? verdict : { allowed: false, reason: worse };
}

function undoWords({ estate }: VerbContext, kind: string, irreversible: string | null): string {
  if (irreversible !== null) return `until “${irreversible}” begins, by an abort; not after it`;
  if (isDeploymentKind(kind))
    return kind === 'rollback'
      ? 'by a deployment, not by an abort'
      : 'one click, seconds, at any step and afterwards';
  if (kind === 'recovery-revert') return 'not by an abort: what it has put back stays';
  return isRecoveryKind(kind)
    ? 'by an abort while it runs'
    : `one click, about ${2 * estate.dns.ttlSeconds + 5} s, at any step`;
}

/** Classes of preconditions that are not well; a class that is a name, such as the writer's Region, is neither. */
const CLASS_STATUS: Readonly<Record<string, Status>> = {
  unknown: 'unknown',
  warning: 'warning',
  critical: 'critical',
  unhealthy: 'critical',
  'pre-scale': 'warning',
  short: 'warning',
};

/** What the digest covers, in words. */
function boundTo({ kind, params }: { kind: string; params: unknown }): Check[] {
  const { subject } = params as {
    subject?: {
      classes?: Record<string, string>;
      versions?: Record<string, string | null>;
      freezes?: string[];
    };
  };
  if (!subject) return [];
  const versions = [
    ...new Set(Object.values(subject.versions ?? {}).map((version) => version ?? 'unknown version')),
  ];
  return [
    {
      id: 'records',
      status: 'ok',
      text: isRecoveryKind(kind)
        ? 'every step, the databases it acts on, and the live DNS records'
        : isDeploymentKind(kind)
          ? 'the image by its digest, and every step'
          : kind === 'recovery-revert'
            ? 'every step, with what the run has put on record'
            : 'the live DNS records and every step',
    },
    ...(versions.length === 0
      ? []
      : [
          {
            id: 'versions',
            status: 'ok' as const,
            text: `${versions.join(', ')} in ${count(Object.keys(subject.versions ?? {}).length, 'Region')}`,
          },
        ]),
    {
      id: 'freezes',
      status: 'ok',
      text:
        (subject.freezes ?? []).length === 0
          ? 'no freeze in force'
          : `${count((subject.freezes ?? []).length, 'freeze')} in force`,
    },
    ...Object.entries(subject.classes ?? {}).map(
      ([name, value]): Check => ({
        id: name,
        status: CLASS_STATUS[value] ?? 'ok',
        text: `${name}: ${value}`,
      }),
    ),
  ];
}
