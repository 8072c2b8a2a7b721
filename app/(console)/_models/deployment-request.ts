import type {
  DeployModel,
  DeployPreview,
  DeployRequest,
  ReleaseChoice,
} from '#components/deployments/pipeline-request-model.ts';
import { NBSP } from '#components/ui/format.ts';
import type { Permission } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { recommendOrder } from '#lib/domain/deployment/order.ts';
import { type DeploymentParams, USUAL_SOAK_MINUTES } from '#lib/domain/deployment/params.ts';
import { windowWords } from '#lib/domain/deployment/schedule.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { sentence } from '#lib/domain/recovery/words.ts';
import type { Release } from '#lib/domain/release/release.ts';
import { utcMinute } from '#lib/domain/time/utc.ts';
import { acceptable, openChecks } from '#lib/domain/traffic/preflight.ts';
import { NotFoundError } from '#lib/errors.ts';
import { previewApproval } from '#lib/services/approvals/preview.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { readDeploymentFacts } from '#lib/services/deployments/facts.ts';
import type { PlannedOperation } from '#lib/services/operations/planners/planner.ts';
import { listReleases, type ReleaseDetail } from '#lib/services/releases/list.ts';
import { STAGING } from '#lib/services/releases/standing.ts';
import { agreementWords } from './agreement.ts';
import { acceptModel, listOf, within } from './common.ts';
import { PlannedWait } from './deployment-facts.ts';
import { diffOf } from './deployment-run.ts';

/** So many releases are offered, newest first; an older one is named in the address. */
const MOST_RELEASES = 30;

/** The sheet of a new deployment; `version` and `region` are what its address names. */
export async function deployModel(
  context: VerbContext,
  name: string,
  asked: { version?: string | undefined; region?: string | undefined; closeHref: DeployModel['closeHref'] },
): Promise<DeployModel> {
  const { estate, actor } = context;
  const environment = findEnvironment(estate, name);
  if (!environment) throw new NotFoundError(`There is no environment ${name}.`);
  const { items } = await listReleases(context, { limit: MOST_RELEASES });
  const facts = await readDeploymentFacts(context, environment);
  const provenIn =
    name !== STAGING && estate.environments.some((other) => other.name === STAGING) ? STAGING : null;
  const recommended = recommendOrder(estate, environment);
  const regions =
    asked.region && environment.regions.includes(asked.region) ? [asked.region] : environment.regions;
  const live = new Set(facts.regions.flatMap(({ service }) => service.value?.liveVersion ?? []));
  return {
    environment: name,
    timeScale: environment.timeScale,
    releases: items.map((release) => choiceOf(release, environment.regions, { provenIn, live })),
    regions: facts.regions.map(({ code, service, window }) => ({
      code,
      serves: service.value?.liveVersion ?? null,
      quiet: window === null ? null : windowWords(window),
    })),
    recommended: recommended.regions.join() === environment.regions.join() ? null : recommended,
    provenIn,
    initial: {
      version: asked.version ?? '',
      regions,
      schedule: { kind: 'now' },
      soakMinutes: USUAL_SOAK_MINUTES,
      stagingException: '',
      accepted: [],
    },
    permission: permits(actor.grants, 'operation.request', { regions }),
    closeHref: asked.closeHref,
  };
}

/** Whether it may be asked for at all: by grants, and by what is known of the release. */
export function deployPermission(
  { actor }: Pick<VerbContext, 'actor'>,
  { version, bad }: Pick<Release, 'version' | 'bad'>,
): Permission {
  const granted = permits(actor.grants, 'operation.request');
  if (!granted.allowed) return granted;
  return bad ? { allowed: false, reason: foundBad(version, bad.reason) } : { allowed: true };
}

function foundBad(version: string, reason: string): string {
  return sentence(`${version} was found to be bad: ${reason}`);
}

function choiceOf(
  release: ReleaseDetail,
  regions: readonly string[],
  { provenIn, live }: { provenIn: string | null; live: ReadonlySet<string> },
): ReleaseChoice {
  const { version, schema, schemaNote, notes, staging, bad } = release;
  const everywhere = live.size === 1 && live.has(version);
  return {
    version,
    schema: schemaNote === '' || schema === 'none' ? schema : `${schema}, ${schemaNote}`,
    notes,
    staging: provenIn === null ? null : (staging?.operation ?? null),
    refused:
      bad !== null
        ? `${foundBad(version, bad.reason)} Choose another release.`
        : everywhere
          ? `${version} serves ${listOf(regions)} already. Choose another release.`
          : null,
  };
}

/** As the verb takes it; what is out of its limits it refuses itself. */
export function deployParams({
  version,
  regions,
  schedule,
  soakMinutes,
  stagingException,
}: DeployRequest): DeploymentParams {
  const exception = stagingException.trim();
  return {
    version,
    regions: [...regions],
    schedule,
    soakMinutes: soakMinutes ?? USUAL_SOAK_MINUTES,
    ...(exception === '' ? {} : { stagingException: exception }),
  };
}

/** A deployment as planned, as its sheet shows it. */
export async function deployPreview(
  context: VerbContext,
  name: string,
  planned: PlannedOperation,
  schedule: DeployRequest['schedule'],
): Promise<DeployPreview> {
  const { checks, price, plan, regions, digest } = planned;
  const accepted = acceptable(checks);
  const withinSeconds = staleAfterSeconds('service', context.estate.metrics.periodSeconds);
  const here = within(context.estate, name);
  const lines = diffOf(planned.changes, regions);
  const changeOf = (region: string, label: string) =>
    lines.find((line) => line.label === label && (line.region === region || line.region === null));
  return {
    regions: regions.map((region) => ({
      region,
      before: changeOf(region, 'Version')?.before ?? 'unknown',
      after: changeOf(region, 'Version')?.after ?? 'unknown',
      pods: changeOf(region, 'Pods')?.after ?? '',
      image: changeOf(region, 'Image')?.after ?? '',
      start: startWords(planned, region, schedule),
    })),
    checks: checks.map((check) => acceptModel(check, { withinSeconds, here })),
    price: { monthlyDollars: price.monthlyDollars, basis: price.basis },
    agreement: agreementWords(context, name, await previewApproval(context, planned, accepted)),
    steps: plan.steps.length,
    digest,
    refusal: openChecks(checks, accepted)[0]?.message ?? null,
  };
}

function startWords({ plan }: PlannedOperation, region: string, schedule: DeployRequest['schedule']): string {
  const wait = plan.steps.find((step) => step.region === region && step.action === 'deploy.wait');
  const input = PlannedWait.safeParse(wait?.input).data;
  const quiet = input?.window ? `, in ${windowWords(input.window)}` : '';
  if (input) return `${input.bakeMinutes}${NBSP}min after ${input.after.replace(/^switch-/, '')}${quiet}`;
  if (schedule.kind === 'at') return `at ${utcMinute(schedule.at)}`;
  return schedule.kind === 'low-traffic' ? 'in its quiet hours' : 'when approved';
}
