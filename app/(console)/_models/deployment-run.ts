import type { DeploymentRun, DiffLine, PipelineCheck } from '#components/deployments/pipeline-model.ts';
import type { Status } from '#components/ui/model.ts';
import { type Environment, findEnvironment } from '#lib/domain/estate/estate.ts';
import { isEnded, type OperationState } from '#lib/domain/operation/state.ts';
import { utcMinute } from '#lib/domain/time/utc.ts';
import { gateLimits, writeLimits } from '#lib/domain/traffic/gate-limits.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { readObservations } from '#lib/services/observations/read.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import type { StoredOperation } from '#lib/services/operations/stored.ts';
import { readRelease } from '#lib/services/releases/read.ts';
import { within } from './common.ts';
import { controlsOf } from './deployment-controls.ts';
import { looksOf, type RunFacts, type Samples } from './deployment-facts.ts';
import { gatesOf } from './deployment-gates.ts';
import { lanesOf } from './deployment-lanes.ts';
import type { SeenService } from './deployment-stages.ts';
import { timelineOf } from './deployment-timeline.ts';
import { turnedOf } from './deployment-turned.ts';
import { stepStatus } from './operation-steps.ts';

export function isDeploymentKind(kind: string): kind is RunFacts['kind'] {
  return kind === 'deployment' || kind === 'rollback';
}

/** The pipeline of a deployment or rollback, from its own rows and what was last observed; null of another kind. */
export async function deploymentRunOf(
  context: VerbContext,
  detail: OperationDetail,
  plan: StoredOperation | null,
): Promise<DeploymentRun | null> {
  const { operation } = detail;
  const facts = factsOf(context, detail, plan);
  if (facts === null || plan === null) return null;
  const version = versionOf(facts);
  const release = facts.kind === 'deployment' ? await readRelease(context.database, version) : null;
  const environment = findEnvironment(context.estate, operation.environment);
  const here = within(context.estate, operation.environment);
  const services = await readServices(context, facts, { version, namespace: environment?.namespace ?? '' });
  const lanes = lanesOf({ facts, services, here });
  const gates = gatesOf(
    facts,
    (region) => lanes.find((lane) => lane.region === region)?.before.version ?? null,
  );
  const next = lanes.find(({ start }) => start !== null);
  const approvals = operation.decisions.filter(
    ({ decision, digest }) => decision === 'approve' && digest === operation.digest,
  );
  const stopping = operation.events.find(({ kind }) => kind === 'stopping');
  return {
    kind: facts.kind,
    version,
    releaseHref: release === null ? null : routes.release(version, here),
    lanes,
    checks: checksOf(facts),
    approvedBy:
      approvals.length === 0
        ? null
        : approvals
            .map(({ person, decidedAt }) => `${person.name}, ${utcMinute(decidedAt.toISOString())}`)
            .join('; '),
    gates,
    focus: focusOf(gates),
    next: next?.start ? { region: next.region, start: next.start } : null,
    timeline: timelineOf(facts, lanes, {
      people: {
        requester: operation.requester.name,
        createdAt: operation.createdAt,
        decisions: operation.decisions.map((made) => ({
          who: made.person.name,
          approved: made.decision === 'approve',
          at: made.decidedAt,
        })),
      },
      outcome: operation.outcome,
    }),
    diff: diffOf(
      plan.changes,
      facts.regions.map(({ code }) => code),
    ),
    turned: turnedOf({ facts, lanes, outcome: operation.outcome, decidedAt: stopping?.at ?? null, release }),
    controls: controlsOf(context, detail, { facts, version, release, gates }),
  };
}

/** What the pipeline is drawn from; null of another kind. */
export function factsOf(
  { estate, now }: Pick<VerbContext, 'estate' | 'now'>,
  { operation, regions }: Pick<OperationDetail, 'operation' | 'regions'>,
  plan: StoredOperation | null,
): RunFacts | null {
  if (!isDeploymentKind(operation.kind)) return null;
  const environment = findEnvironment(estate, operation.environment);
  const order = plan && plan.regions.length > 0 ? plan.regions : regions;
  return {
    id: operation.id,
    kind: operation.kind,
    // The table's check holds it to these.
    state: operation.state as OperationState,
    startedAt: operation.startedAt,
    startAt: operation.startAt,
    endedAt: operation.endedAt,
    now,
    timeScale: environment?.timeScale ?? 1,
    samples: samplesOf(estate, environment, order[0]),
    steps: operation.steps.map((step) => ({ ...step, looks: looksOf(step) })),
    planned: [...(plan?.steps ?? []), ...(plan?.compensation ?? [])],
    regions: order.map((code) => ({
      code,
      name: estate.regions.find((region) => region.code === code)?.name ?? '',
    })),
  };
}

function samplesOf(
  estate: VerbContext['estate'],
  environment: Environment | undefined,
  region: string | undefined,
): Samples {
  if (!environment || region === undefined) return { reads: 0, writes: 0 };
  return {
    reads: gateLimits(estate, environment, 0).minSample,
    writes: writeLimits(estate, environment, region).minSample,
  };
}

/** What the run brings: the release of a deployment; of a rollback what its Regions go back to. */
export function versionOf({ kind, planned }: Pick<RunFacts, 'kind' | 'planned'>): string {
  if (kind === 'deployment')
    return String(planned.find(({ action }) => action === 'deploy.images')?.input.version ?? '');
  const targets = planned.flatMap(({ action, input }) => {
    const to = action === 'deploy.switch-back' ? input.to : null;
    return typeof to === 'object' && to !== null && 'version' in to ? [String(to.version)] : [];
  });
  return [...new Set(targets)].join(', ');
}

/** What serves, by Region; only while it runs, for afterwards another run may have been there. */
async function readServices(
  context: VerbContext,
  { state, regions }: RunFacts,
  { version, namespace }: { version: string; namespace: string },
): Promise<Map<string, SeenService>> {
  if (isEnded(state)) return new Map();
  const observations = await readObservations(context, ['service']);
  return new Map(
    regions.flatMap(({ code }): [string, SeenService][] => {
      const { value } = observations.named(code, 'service', namespace);
      if (value === null) return [];
      const own = value.deployments.find((deployment) => deployment.version === version);
      const { liveVersion, liveColour = null } = value;
      return [[code, { liveVersion, liveColour, ready: own?.ready ?? null }]];
    }),
  );
}

function checksOf({ steps }: RunFacts): PipelineCheck[] {
  const check = (key: PipelineCheck['key'], words: Record<'ahead' | 'done' | 'bad', string>) => {
    const step = steps.find(({ action }) => action === `deploy.${key}`);
    if (step === undefined) return [];
    const status: Status = stepStatus(step);
    const text =
      status === 'ok' ? words.done : status === 'waiting' || status === 'running' ? words.ahead : words.bad;
    return [{ key, status, text }];
  };
  return [
    ...check('images', {
      ahead: 'images not yet compared',
      done: 'the same image in every Region',
      bad: 'images differ',
    }),
    ...check('parity', {
      ahead: 'parity at the end',
      done: 'one version everywhere',
      bad: 'versions differ',
    }),
  ];
}

/** The gate that decides or decided: of the soak that goes on, else of the one that turned it round, else the last. */
function focusOf(gates: DeploymentRun['gates']): string | null {
  const going = gates.find(({ soak }) => soak?.state === 'running' || soak?.state === 'held');
  const turned = gates.findLast(({ band }) => band === 'revert');
  return (going ?? turned ?? gates.at(-1))?.region ?? null;
}

/** "Pods in us-east-1" of the plan, by Region; what is the same in all of them stands once. */
export function diffOf(
  changes: readonly { label: string; before: string; after: string }[],
  regions: readonly string[],
): DiffLine[] {
  const lines = changes.map(({ label, before, after }): DiffLine => {
    const region = regions.find((code) => label.endsWith(` in ${code}`));
    return region === undefined
      ? { region: null, label, before, after }
      : { region, label: label.slice(0, -` in ${region}`.length), before, after };
  });
  const labels = [...new Set(lines.map(({ label }) => label))];
  return labels.flatMap((label) => {
    const own = lines.filter((line) => line.label === label);
    const [first] = own;
    const same =
      first !== undefined &&
      own.length === regions.length &&
      own.every(({ before, after }) => before === first.before && after === first.after);
    return same ? [{ ...first, region: null }] : own;
  });
}
