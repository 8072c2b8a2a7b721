import type { ChartModel, Series } from '#components/charts/model.ts';
import type { PeerDifference, RegionModel } from '#components/region/model.ts';
import { formatNumber, formatShare, NBSP } from '#components/ui/format.ts';
import type { SeriesResult } from '#lib/data/samples.ts';
import { nodesNeeded, steadyLoad } from '#lib/domain/capacity/capacity.ts';
import { findRegion } from '#lib/domain/estate/estate.ts';
import type { RegionMetric } from '#lib/domain/observation/kinds.ts';
import { NotFoundError } from '#lib/errors.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listOperations } from '#lib/services/operations/read.ts';
import { type EstateState, isFresh, type RegionState, readEstateState } from '#lib/services/regions/state.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { inTime, versionMarks } from './chart-marks.ts';
import { readingOf } from './common.ts';
import { isDeploymentKind } from './deployment-run.ts';
import { onCall } from './on-call.ts';
import type { Frame } from './recovery/frame.ts';
import { componentRows } from './region-components.ts';
import { capabilities, type RegionVerdict, regionVerdict } from './region-verdict.ts';
import { readSection } from './sections.ts';

const CHART_POINTS = 120;
const CHARTED = [
  'requests',
  'errorRate',
  'p50Ms',
  'p95Ms',
  'p99Ms',
  'cpu',
  'memory',
  'db.connections',
] as const satisfies readonly RegionMetric[];

type Range = { from: Date; to: Date; label: string };

/** One Region: what runs in it, how it does, how it differs from its peers. Throws NotFoundError. */
export async function regionModel(frame: Frame, code: string, range: Range): Promise<RegionModel> {
  const { context, environment, here } = frame;
  const { now, estate } = context;
  const state = await readEstateState(context, environment);
  const found = state.regions.find(({ region }) => region.code === code);
  if (!found) throw new NotFoundError(`${code.slice(0, 40)} is not a Region of ${environment}.`);
  const { region } = found;
  const verdict = regionVerdict(frame.situation, found);
  const limit = state.staleAfterSeconds;
  const load = steadyLoad(state.requestsPerSecond, estate.capacity.peakRequestsPerSecond);
  const needed =
    found.configuredShare === null
      ? null
      : nodesNeeded(found.configuredShare * load, estate.capacity.requestsPerSecondPerNode);
  const duty = onCall(region.support, now);
  return {
    at: now.toISOString(),
    code,
    name: region.name,
    status: verdict.status,
    answer: answerOf(found, verdict),
    detail: `${region.label}: ${capabilities(found)}. ${trafficText(found, state, now)}`,
    components: componentRows(context, found, state),
    charts: await readSection(frame, 'Samples could not be read', () => readCharts(frame, found, range)),
    unobserved: [
      {
        title: 'Cache hit rate',
        why: `This version reads where the cache of ${code} stands and how far it lags, not how often it hits.`,
      },
    ],
    rangeLabel: range.label,
    peers: peers(found, state),
    capacity: {
      ready: readingOf(found.nodes, (nodes) => nodes.ready, limit),
      needed: { value: needed, at: found.traffic.observedAt, withinSeconds: limit },
      min: found.nodeGroup.value?.minimum ?? region.nodes.min,
      max: found.nodeGroup.value?.maximum ?? region.nodes.max,
      atPeak: nodesNeeded(
        region.plan.trafficShare * estate.capacity.peakRequestsPerSecond,
        estate.capacity.requestsPerSecondPerNode,
      ),
      rule: `${estate.capacity.requestsPerSecondPerNode} requests/s a node; a shift may use ${estate.capacity.ceiling * 100} % of the maximum`,
    },
    support: {
      hours: region.support.hours === '24/7' ? '24/7' : `${region.support.from} to ${region.support.to}`,
      timeZone: region.support.timeZone,
      localTime: duty.localTime,
      covered: duty.awake,
      note: duty.awake
        ? 'Somebody is on duty here now.'
        : `Nobody is on duty here until ${region.support.hours === '24/7' ? 'soon' : region.support.from}.`,
    },
    facts: [
      { term: 'Users', description: region.users },
      { term: 'Jurisdiction', description: region.jurisdiction },
      { term: 'VPC', description: `${region.vpcId}, ${region.vpcCidr}` },
      {
        term: 'Reaches',
        description: found.peering.value
          ? found.peering.value.routesTo.join(', ') || 'no other Region'
          : 'not observed',
      },
      { term: 'AWS account', description: found.identity.value?.account ?? 'not observed' },
      {
        term: 'Kubernetes',
        description: found.cluster.value
          ? `${found.cluster.value.version}, ${found.cluster.value.endpointHost}`
          : 'not observed',
      },
    ],
    links: [
      ...(state.regions.length > 1
        ? [{ label: 'Drain it', href: routes.traffic({ ...here, compose: 'drain', region: code }) }]
        : []),
      { label: 'Recovery', href: routes.recovery({ ...here, region: code }) },
      { label: 'Replication', href: routes.replication(here) },
      { label: 'In audit', href: routes.audit({ ...here, region: code }) },
    ],
  };
}

function answerOf(
  { region: { code }, measuredShare }: RegionState,
  { trouble, word }: RegionVerdict,
): RegionModel['answer'] {
  const share = measuredShare === null ? '' : `, ${formatShare(measuredShare)}${NBSP}% of requests`;
  if (trouble === null || trouble.since === null) return `${code}: ${word.toLowerCase()}${share}.`;
  return [`${code}: ${word.toLowerCase()} for `, { since: trouble.since }, `; ${trouble.seenBy}.`];
}

function trafficText({ traffic }: RegionState, state: EstateState, now: Date): string {
  const { value, observedAt, error } = traffic;
  if (!value || !isFresh(observedAt, now, state.staleAfterSeconds))
    return `Its traffic is not known: ${error ?? 'no fresh observation'}.`;
  const p95 = value.p95Ms === null ? 'no reads' : `reads p95 ${Math.round(value.p95Ms)}${NBSP}ms`;
  return `${formatNumber(value.requestsPerSecond, 1)}${NBSP}requests/s, ${formatShare(value.errorRate ?? 0, 2)}${NBSP}% errors, ${p95}.`;
}

/** What series are kept under: an environment's own database has its declared id, its own load balancer its name, the rest the Region. */
function subjectsIn(
  { estate }: VerbContext,
  { region, trafficSubject }: RegionState,
): (metric: RegionMetric) => string {
  const { instanceId } = region.database;
  const isRegions = findRegion(estate, region.code)?.database.instanceId === instanceId;
  return (metric) => {
    if (metric === 'db.connections') return isRegions ? region.code : instanceId;
    return metric === 'cpu' || metric === 'memory' ? region.code : trafficSubject;
  };
}

async function readCharts(
  { context, environment }: Frame,
  found: RegionState,
  range: Range,
): Promise<ChartModel[]> {
  const { code, database } = found.region;
  const series = await readSharedSeries(context, {
    subjects: [...new Set([code, found.trafficSubject, database.instanceId])],
    metrics: CHARTED,
    from: range.from,
    to: range.to,
    points: CHART_POINTS,
  });
  const marks = await marksOf(context, environment, code, range);
  return charts(context, { series, marks, subjects: subjectsIn(context, found) });
}

interface Charted {
  series: SeriesResult;
  marks: ChartModel['marks'];
  subjects: (metric: RegionMetric) => string;
}

function charts({ estate }: VerbContext, { series: data, marks, subjects }: Charted): ChartModel[] {
  const values = (metric: RegionMetric) =>
    data.series.find((series) => series.metric === metric && series.subject === subjects(metric))?.values ??
    [];
  const line = (metric: RegionMetric, label: string, tone: Series['tone'] = 1): Series => ({
    key: metric,
    label,
    tone,
    values: values(metric),
  });
  const chart = (
    title: string,
    unit: string,
    series: Series[],
    over: Partial<ChartModel> = {},
  ): ChartModel => ({ title, unit, times: data.times, series, marks, include: [0], ...over });
  const { gate, rollback } = estate.thresholds;
  return [
    chart('Request rate', '/s', [line('requests', 'requests')], { digits: 1 }),
    chart('Error rate', '%', [line('errorRate', 'errors')], {
      scale: 100,
      digits: 2,
      limits: [{ value: gate.errorRate, label: `gate ${gate.errorRate * 100} %` }],
      include: [0, gate.errorRate * 1.2],
    }),
    chart(
      'Latency of reads',
      'ms',
      [line('p50Ms', 'p50', 2), line('p95Ms', 'p95', 1), line('p99Ms', 'p99', 3)],
      {
        digits: 0,
        limits: [
          { value: gate.p95Ms, label: `gate ${gate.p95Ms} ms` },
          { value: rollback.p95Ms, label: `revert ${rollback.p95Ms} ms` },
        ],
      },
    ),
    chart('CPU', '%', [line('cpu', 'nodes')], {
      scale: 100,
      digits: 0,
      limits: [{ value: gate.cpu, label: `gate ${gate.cpu * 100} %` }],
      include: [0, 1],
    }),
    chart('Memory', '%', [line('memory', 'nodes')], {
      scale: 100,
      digits: 0,
      limits: [{ value: gate.memory, label: `gate ${gate.memory * 100} %` }],
      include: [0, 1],
    }),
    chart('Database connections', '', [line('db.connections', 'connections')], { digits: 0 }),
  ];
}

async function marksOf(
  context: VerbContext,
  environment: string,
  region: string,
  range: Range,
): Promise<ChartModel['marks']> {
  const { items } = await listOperations(context, { environment, limit: 12 });
  // A deployment matters to a Region when its users are moved, not when it begins somewhere.
  const others = items.filter(({ kind }) => !isDeploymentKind(kind));
  return inTime([
    ...others.flatMap(({ id, startedAt }) =>
      startedAt && startedAt >= range.from ? [{ at: startedAt.getTime() / 1_000, label: id }] : [],
    ),
    ...(await versionMarks(context, { environment, region, from: range.from, to: range.to })),
  ]);
}

function peers(found: RegionState, state: EstateState): RegionModel['peers'] {
  const ordered = [found, ...state.regions.filter((region) => region !== found)];
  const difference = (
    subject: string,
    of: (region: RegionState) => string | null | undefined,
    why: string,
  ): PeerDifference => {
    const values = ordered.map((region) => of(region) ?? 'not known');
    const same = new Set(values).size === 1;
    const unknown = values.includes('not known');
    return {
      id: subject,
      subject,
      values,
      status: unknown ? 'unknown' : same ? 'ok' : 'warning',
      ...(same ? {} : { why }),
    };
  };
  return {
    regions: ordered.map(({ region }) => region.code),
    rows: [
      difference(
        'Version',
        ({ service }) => service.value?.liveVersion,
        'Regions are to run one version outside a rollout.',
      ),
      difference(
        'Image',
        ({ service }) =>
          shortImage(
            service.value?.deployments.find(({ version }) => version === service.value?.liveVersion)?.image,
          ),
        'The same version should be the same digest.',
      ),
      difference('Kubernetes', ({ cluster }) => cluster.value?.version, 'Clusters differ in version.'),
      difference(
        'Database class',
        ({ database }) => database.value?.class,
        'After a promotion a smaller class must carry every write (C-09).',
      ),
      difference(
        'PostgreSQL',
        ({ database }) => database.value?.engineVersion,
        'A replica must follow its primary’s version.',
      ),
      difference(
        'Multi-AZ',
        ({ database }) => (database.value ? (database.value.multiAz ? 'yes' : 'no') : null),
        'A promoted replica would stand in one zone.',
      ),
      difference(
        'Backups',
        ({ database }) => (database.value ? `${database.value.backupRetentionDays} d` : null),
        'Without backups a replica cannot be promoted.',
      ),
    ],
  };
}

function shortImage(image: string | undefined): string | undefined {
  return image?.replace(/^.*@sha256:([0-9a-f]{8}).*$/, 'sha256 $1…');
}
