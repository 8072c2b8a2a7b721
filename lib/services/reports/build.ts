import { z } from 'zod';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { openPoints } from '#lib/domain/operation/open-points.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { RpoContract } from '#lib/domain/recovery/params.ts';
import type { Database } from '../../data/database.ts';
import type { Prisma } from '../../data/generated/client.ts';
import { NotFoundError } from '../../errors.ts';
import { readAuditHead } from '../audit/read.ts';
import { readMeans } from '../fences/means.ts';
import { readStoredEvidence, readStoredPrice } from '../operations/stored.ts';
import { clocksOfRun, readPlannedSteps, runTimes } from '../recovery/clocks.ts';
import { readClockHistory, readStepHistory, type StepDurationsByName } from '../recovery/history.ts';
import { findFormerPromotion } from '../recovery/records.ts';
import { downtimeWithin, missingSince, readClientReport } from './client-report.ts';
import { criticalPath } from './critical-path.ts';
import type { RecoveryReport, ReportStep } from './report.ts';

const NAME = { select: { id: true, name: true } } as const;

const REPORTED = {
  requester: NAME,
  steps: { orderBy: { position: 'asc' } },
  decisions: { include: { person: NAME }, orderBy: { decidedAt: 'asc' } },
  events: { orderBy: { id: 'asc' }, take: 2_000 },
  calls: { orderBy: { id: 'asc' }, take: 5_000 },
  review: { include: { debtor: NAME, reviewer: NAME } },
  fences: { orderBy: { requestedAt: 'asc' } },
  clientReport: true,
  preempted: { select: { id: true, title: true, state: true } },
  preemptedBy: { select: { id: true, title: true }, take: 1 },
  _count: { select: { salvage: true } },
} as const satisfies Prisma.OperationInclude;
type Reported = Prisma.OperationGetPayload<{ include: typeof REPORTED }>;

/** Everything that is known of a run that has ended. Throws NotFoundError for one that has not, or never began. */
export async function buildReport(
  { database, estate }: { database: Database; estate: Estate },
  operationId: string,
): Promise<RecoveryReport> {
  const operation = await database.prisma.operation.findUnique({
    where: { id: operationId },
    include: REPORTED,
  });
  const { startedAt, endedAt } = operation ?? {};
  if (!operation || !startedAt || !endedAt)
    throw new NotFoundError(`There is no run ${operationId} that has ended.`);
  const planned = readPlannedSteps(operation.plan).steps;
  const history = await readStepHistory(database, operation.environment);
  const steps = operation.steps.map((step) => reportStep(operation, step, planned, history));
  const usual = await readClockHistory(database, { ...operation, before: endedAt });
  const run = { startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() };
  const { outageAt } = runTimes(operation, endedAt);
  return {
    version: 1,
    estate: { name: estate.estate, title: estate.title, label: estate.label, account: estate.account },
    operation: {
      id: operation.id,
      kind: operation.kind,
      environment: operation.environment,
      title: operation.title,
      reason: operation.reason,
      requester: operation.requester,
      via: operation.requestedVia,
      requestedAt: operation.createdAt.toISOString(),
      ...run,
      state: operation.state,
      outcome: operation.outcome ?? '',
      digest: operation.digest,
      params: requestOf(operation.params),
      emergency: operation.emergency,
      overridden: operation.overridden,
      acknowledged: operation.acknowledged,
      preempted: operation.preempted,
      preemptedBy: operation.preemptedBy[0] ?? null,
    },
    outageAt,
    clocks: clocksOfRun(operation, endedAt).map((clock) => ({ ...clock, usual: usual[clock.clock] ?? null })),
    ...clientsOf(operation, outageAt ?? run.startedAt, run.endedAt),
    rpo: rpoOf(operation),
    orders: ordersOf(operation, await findFormerPromotion(database, operation)),
    open: operation.state === 'incomplete' ? openPoints(operation.steps) : [],
    ...summaryLines(operation),
    checks: readChecks(operation.plan),
    price: readStoredPrice(operation.price),
    approvals: operation.decisions.map((made) => ({
      person: made.person,
      decision: made.decision,
      reason: made.reason,
      at: made.decidedAt.toISOString(),
      via: made.via,
      counts: made.digest === operation.digest && made.personId !== operation.requestedBy,
    })),
    needed: operation.needed,
    review: operation.review && {
      owedBy: operation.review.debtor,
      dueAt: operation.review.dueAt.toISOString(),
      reviewedBy: operation.review.reviewer,
      reviewedAt: operation.review.reviewedAt?.toISOString() ?? null,
      verdict: operation.review.verdict,
      note: operation.review.note,
    },
    fences: operation.fences.map((fence) => ({
      region: fence.region,
      instanceId: fence.instanceId,
      state: fence.state,
      requestedAt: fence.requestedAt.toISOString(),
      endedAt: fence.endedAt?.toISOString() ?? null,
      attempts: fence.attempts,
      splitBrainAt: fence.splitBrainAt?.toISOString() ?? null,
      means: readMeans(fence.means),
    })),
    steps,
    path: criticalPath(steps, run),
    slow: slowOnes(steps),
    timeline: timelineOf(operation, planned),
    audit: await auditOf(database, operation.id),
  };
}

function reportStep(
  operation: Reported,
  step: Reported['steps'][number],
  planned: readonly PlannedStep[],
  history: StepDurationsByName,
): ReportStep {
  const plan = planned.find(({ key }) => key === step.key);
  const usual = history[step.key] ?? history[step.action];
  const { startedAt, endedAt } = step;
  return {
    key: step.key,
    title: step.title,
    action: step.action,
    region: step.region,
    group: plan?.group ?? null,
    irreversible: step.irreversible,
    clock: plan?.clock ?? null,
    state: step.state,
    attempt: step.attempt,
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    seconds: startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1_000 : null,
    usual: usual ? { p50Seconds: usual.p50Seconds, p75Seconds: usual.p75Seconds, runs: usual.runs } : null,
    evidence: readStoredEvidence(step.evidence),
    cli: step.cli,
    calls: operation.calls
      .filter(({ stepKey }) => stepKey === step.key)
      .map((call) => ({
        at: call.at.toISOString(),
        service: call.service,
        action: call.action,
        region: call.region,
        host: call.host,
        status: call.status,
        requestId: call.requestId,
        durationMs: call.durationMs,
        mutating: call.mutating,
      })),
  };
}

/** Fewer runs than this say nothing of what is usual. */
const ENOUGH_RUNS = 3;

function slowOnes(steps: readonly ReportStep[]): RecoveryReport['slow'] {
  return steps
    .flatMap(({ key, title, state, seconds, usual }) => {
      if (state !== 'done' || seconds === null || !usual || usual.runs < ENOUGH_RUNS) return [];
      if (seconds <= usual.p75Seconds) return [];
      return { key, title, seconds, p75Seconds: usual.p75Seconds, runs: usual.runs };
    })
    .sort((a, b) => b.seconds - b.p75Seconds - (a.seconds - a.p75Seconds));
}

function clientsOf(
  { clientReport }: Reported,
  from: string,
  until: string,
): Pick<RecoveryReport, 'clients' | 'clientsError'> {
  const report = readClientReport(clientReport?.value);
  if (!report) return { clients: null, clientsError: clientReport?.error ?? null };
  const { reads, orders } = report.all.downtime;
  return {
    clients: {
      at: report.at,
      orders: downtimeWithin(orders, from, until),
      reads: downtimeWithin(reads, from, until),
    },
    clientsError: clientReport?.error ?? null,
  };
}

const Measured = z.object({
  rpo: z.object({
    seconds: z.number(),
    measuredAt: z.string(),
    lastOrder: z.object({ id: z.string(), createdAt: z.string() }).nullable(),
  }),
});

function rpoOf({ accepted, steps }: Reported): RecoveryReport['rpo'] {
  const contract = RpoContract.safeParse(accepted);
  if (!contract.success) return null;
  const measured = steps
    .filter(({ action }) => action === 'recovery.declare')
    .flatMap(({ output }) => {
      const found = Measured.safeParse(output);
      return found.success ? found.data.rpo : [];
    })[0];
  return { accepted: contract.data, measured: measured ?? null };
}

const MISSING_LISTED = 1_000;

function ordersOf(
  { clientReport, _count }: Reported,
  formerPromotion: Date | null,
): RecoveryReport['orders'] {
  const report = readClientReport(clientReport?.value);
  const gone = report && missingSince(report, formerPromotion?.toISOString() ?? null);
  return {
    acknowledged: report?.orders.acknowledged ?? null,
    missing: gone?.count ?? null,
    missingOrders: (gone?.orders ?? []).slice(0, MISSING_LISTED),
    salvaged: _count.salvage,
    reason: report?.orders.reason ?? null,
  };
}

const SummaryOutput = z.object({ facts: z.array(z.string()), debts: z.array(z.string()) });

/** What the run's own last step says. */
function summaryLines({ steps }: Reported): Pick<RecoveryReport, 'facts' | 'left'> {
  const output = steps.find(({ action }) => action === 'recovery.summary')?.output;
  const parsed = SummaryOutput.safeParse(output);
  return parsed.success ? { facts: parsed.data.facts, left: parsed.data.debts } : { facts: [], left: [] };
}

const StoredChecks = z.object({
  checks: z.array(
    z.object({
      code: z.string(),
      verdict: z.enum(['pass', 'warn', 'accept', 'refuse', 'unknown']),
      message: z.string(),
      observedAt: z.string().nullable(),
      region: z.string().optional(),
      acceptance: z.string().optional(),
    }),
  ),
});

function readChecks(plan: unknown): RecoveryReport['checks'] {
  const parsed = StoredChecks.safeParse(plan);
  return parsed.success ? parsed.data.checks : [];
}

/** What was asked for, without what the digest was made of. */
function requestOf(params: unknown): unknown {
  const parsed = z.object({ request: z.unknown() }).safeParse(params);
  return parsed.success ? parsed.data.request : params;
}

const EventDetail = z.object({ note: z.string().optional(), rule: z.string().optional() });

function timelineOf({ events }: Reported, planned: readonly PlannedStep[]): RecoveryReport['timeline'] {
  return events.map(({ at, kind, stepKey, detail, attempt }) => {
    const title = planned.find(({ key }) => key === stepKey)?.title ?? stepKey;
    const { note } = EventDetail.safeParse(detail).data ?? {};
    const said = [title ?? '', kind === 'started' && attempt > 1 ? `attempt ${attempt}` : '', note ?? ''];
    return { at: at.toISOString(), kind, step: stepKey, text: said.filter(Boolean).join(': ') };
  });
}

async function auditOf(database: Database, operationId: string): Promise<RecoveryReport['audit']> {
  const { rows } = await database.pool.query<{ entries: number; first: string | null; last: string | null }>(
    `select count(*)::int as entries, min(seq)::text as first, max(seq)::text as last
     from audit_entry where operation_id = $1`,
    [operationId],
  );
  const head = await readAuditHead(database);
  const { entries = 0, first = null, last = null } = rows[0] ?? {};
  return {
    path: `/audit?operation=${operationId}`,
    entries,
    firstSeq: first,
    lastSeq: last,
    head: { seq: head?.seq ?? '0', hash: head?.hash ?? '0'.repeat(64) },
  };
}
