import { cache } from 'react';
import type { RollbackOffer, RollbackPreview } from '#components/deployments/pipeline-rollback-model.ts';
import type { Permission } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { isEnded, mayControl, type OperationState } from '#lib/domain/operation/state.ts';
import { routes } from '#lib/routes.ts';
import { previewApproval } from '#lib/services/approvals/preview.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { findLastSwitched, type LastSwitched } from '#lib/services/deployments/last-switched.ts';
import type { PlannedOperation } from '#lib/services/operations/planners/planner.ts';
import { agreementWords } from './agreement.ts';
import { checkModel, inOrder, within } from './common.ts';

/** The strategy cleans up 120 min after the first switch, declared: so long a deployment is new. */
const NEW_MINUTES = 120;
/** Real minutes at least, however fast the clock of a lab runs. */
const LEAST_NEW_MINUTES = 30;

/** The shell and the page ask for the same: once a request. */
const lastSwitched = cache(findLastSwitched);

/** What can be rolled back in this environment now, whatever page is looked at; null where nothing of ours stands. */
export async function rollbackOffer(
  context: VerbContext,
  environment: string,
): Promise<RollbackOffer | null> {
  const last = await lastSwitched(context.database, environment);
  return last && offerOf(context, environment, last);
}

/** The same, while its switch is recent: as the overview and a Region's page tell it. */
export async function recentOffer(
  context: VerbContext,
  { environment, region }: { environment: string; region?: string },
): Promise<RollbackOffer | null> {
  const offer = await rollbackOffer(context, environment);
  if (offer === null || (region !== undefined && !offer.regions.some((row) => row.region === region)))
    return null;
  const scale = findEnvironment(context.estate, environment)?.timeScale ?? 1;
  const newMs = Math.max(LEAST_NEW_MINUTES, NEW_MINUTES / scale) * 60_000;
  return context.now.getTime() - Date.parse(offer.since) <= newMs ? offer : null;
}

function offerOf(
  context: VerbContext,
  environment: string,
  { operation, regions }: LastSwitched,
): RollbackOffer {
  const order = findEnvironment(context.estate, environment)?.regions ?? [];
  const byRegion = new Map(regions.map((row) => [row.region, row]));
  const rows = inOrder(Object.fromEntries(byRegion), order).flatMap((code) => byRegion.get(code) ?? []);
  const state = operation.state as OperationState;
  const running = !isEnded(state);
  return {
    environment,
    operation: {
      id: operation.id,
      href: routes.operation(operation.id, within(context.estate, environment)),
      running,
    },
    version: [...new Set(rows.map(({ to }) => to))].join(', '),
    since: new Date(Math.max(...rows.map(({ switchedAtMs }) => switchedAtMs))).toISOString(),
    regions: rows.map(({ region, from, to }) => ({ region, now: to, back: from })),
    permission: permissionOf(
      context,
      operation,
      rows.map(({ region }) => region),
    ),
  };
}

function permissionOf(
  { actor }: VerbContext,
  { state, desired }: LastSwitched['operation'],
  regions: readonly string[],
): Permission {
  const running = !isEnded(state as OperationState);
  const granted = permits(actor.grants, running ? 'operation.control' : 'operation.request', { regions });
  if (!granted.allowed || !running) return granted;
  return mayControl(state as OperationState, desired, 'revert');
}

/** A rollback as planned, as its sheet shows it. */
export async function rollbackPreview(
  context: VerbContext,
  planned: PlannedOperation,
): Promise<RollbackPreview> {
  const approval = await previewApproval(context, planned, []);
  const here = within(context.estate, planned.plan.environment);
  const { rule, candidates } = agreementWords(context, planned.plan.environment, approval);
  const nobody = approval.requirements.length === 0;
  const refused = planned.checks.find(({ verdict }) => verdict === 'refuse' || verdict === 'unknown');
  return {
    regions: planned.regions.map((region) => {
      const change = planned.changes.find(({ label }) => label.endsWith(` in ${region}`));
      const check = planned.checks.find((one) => one.region === region && one.code === `back-${region}`);
      return {
        region,
        now: change?.before ?? 'unknown',
        back: change?.after ?? 'unknown',
        how: check?.message ?? '',
        slower: check?.verdict === 'warn',
      };
    }),
    checks: planned.checks
      .filter(({ code }) => !code.startsWith('back-'))
      .map((check) => checkModel(check, { withinSeconds: DAY_SECONDS, here })),
    refusal: refused?.message ?? null,
    agreement: nobody ? NOBODY : `${rule} ${candidates}`,
    atOnce:
      nobody && planned.checks.every(({ code, verdict }) => code !== 'one-at-a-time' || verdict === 'pass'),
    digest: planned.digest,
  };
}

const NOBODY = 'Nobody: policy lets it start at once. No freeze holds it but one that names rollbacks.';

const DAY_SECONDS = 86_400;
