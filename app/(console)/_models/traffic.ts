import type { ChartModel, Mark } from '#components/charts/model.ts';
import type {
  ComposerModel,
  GeographyRow,
  HistoryRow,
  Shift,
  SplitRow,
  TrafficModel,
} from '#components/traffic/model.ts';
import { formatShare } from '#components/ui/format.ts';
import type { Section } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import type { Geography } from '#lib/domain/estate/estate.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { plannedShares } from '#lib/domain/traffic/solve.ts';
import { globalShares } from '#lib/domain/traffic/weights.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listOperations } from '#lib/services/operations/read.ts';
import { type EstateState, isFresh, readEstateState } from '#lib/services/regions/state.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { inTime, versionMarks } from './chart-marks.ts';
import { listOf, readingOf, STATE_STATUS, within } from './common.ts';
import { mapGeographies, mapLinks, mapRegion } from './overview-map.ts';
import type { Frame } from './recovery/frame.ts';
import { regionVerdict } from './region-verdict.ts';
import { revisedShift } from './revised-shift.ts';
import { mapSection, readSection } from './sections.ts';

const CHART_POINTS = 180;
const TONES = [1, 2, 3, 4, 5, 6] as const;

type Shifted = Awaited<ReturnType<typeof listOperations>>['items'][number];
type Range = { from: Date; to: Date; label: string };

/** Configured beside measured, over time, by geography, with what was done. */
export async function trafficModel(
  context: VerbContext,
  environment: string,
  range: Range,
): Promise<TrafficModel> {
  const { now, estate } = context;
  const here = within(estate, environment);
  const state = await readEstateState(context, environment);
  const limit = state.staleAfterSeconds;
  const alone = state.environment.regions.length < 2;
  const shifts = await readSection({ context }, 'What was done could not be read', async () => {
    const { items } = await listOperations(context, { environment, kind: 'traffic-shift', limit: 12 });
    return items;
  });
  const split = state.regions.map(
    (region): SplitRow => ({
      region: region.region.code,
      href: routes.region(region.region.code, here),
      configured: region.configuredShare,
      measured: { value: region.measuredShare, at: region.traffic.observedAt, withinSeconds: limit },
      requests: readingOf(region.traffic, (traffic) => traffic.requestsPerSecond, limit),
    }),
  );
  const verdict = answerOf(state, split);
  return {
    at: now.toISOString(),
    ...verdict,
    detail: alone
      ? 'No split to watch and nothing to shift; the records of the zone belong to the environments of several Regions.'
      : `${estate.dns.originName}, weighted sets per geography, TTL ${estate.dns.ttlSeconds} s.${changeWords(shifts)}${leftOutWords(state)}`,
    split,
    sample: `${state.uncounted.length > 0 ? 'at least ' : ''}${Math.round(state.requestsPerSecond * 60)} requests in 60 s`,
    shareOverTime: alone
      ? null
      : await readSection({ context }, 'The course of shares could not be read', () =>
          shareChart(context, state, range, shifts.ok ? marksOf(shifts.value, range) : []),
        ),
    rangeLabel: range.label,
    geographies: alone ? [] : estate.geographies.map((geography) => geographyRow(geography, state)),
    records: {
      at: state.records.observedAt,
      withinSeconds: staleAfterSeconds('records', estate.metrics.periodSeconds),
    },
    history: mapSection(shifts, (items) => items.map((item) => historyRow(item, here))),
    compose: mayCompose(context, state),
    links: {
      compose: routes.traffic({ ...here, compose: 'geography' }),
      audit: routes.audit({ ...here, action: 'operation.' }),
    },
  };
}

function historyRow(item: Shifted, here: { environment?: string }): HistoryRow {
  const { id, title, state, createdAt, startedAt, endedAt } = item;
  return {
    id,
    href: routes.operation(id, here),
    what: title.replace(/^Traffic shift: /, ''),
    status: STATE_STATUS[state as OperationState],
    outcome: state === 'awaiting-approval' ? 'awaiting approval' : state,
    at: createdAt.toISOString(),
    tookSeconds: startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1_000 : null,
  };
}

function changeWords(shifts: Section<readonly Shifted[]>): string {
  if (!shifts.ok) return '';
  const changed = shifts.value.find(({ startedAt }) => startedAt !== null);
  return changed ? ` Last change by ${changed.id}.` : ' Never changed by an operation.';
}

function mayCompose(context: VerbContext, state: EstateState): TrafficModel['compose'] {
  if (state.environment.regions.length < 2) {
    return {
      allowed: false,
      reason: `${state.environment.name} is in one Region; there is nowhere to shift traffic to.`,
    };
  }
  if (state.records.error) {
    return {
      allowed: false,
      reason: `Route 53's control plane, in us-east-1, does not answer (${state.records.error}). Records cannot be changed now.`,
    };
  }
  return permits(context.actor.grants, 'operation.request');
}

function leftOutWords({ regions }: EstateState): string {
  const out = regions.filter(({ outOfDns }) => outOfDns).map(({ region }) => region.code);
  if (out.length === 0) return '';
  return ` A health check or a switch takes ${listOf(out)} out of DNS; the others answer for ${out.length === 1 ? 'its' : 'their'} users.`;
}

function answerOf(state: EstateState, split: readonly SplitRow[]): Pick<TrafficModel, 'status' | 'answer'> {
  if (state.environment.regions.length < 2)
    return {
      status: 'ok',
      answer: `${state.environment.name} is served by ${state.environment.regions[0] ?? 'no Region'} alone.`,
    };
  if (!state.records.value) return { status: 'unknown', answer: 'What is configured has never been read.' };
  if (state.uncounted.length > 0) {
    return {
      status: 'unknown',
      answer: `Shares are not known: ${listOf(state.uncounted)} ${state.uncounted.length === 1 ? 'does' : 'do'} not report.`,
    };
  }
  const worst = split
    .map(({ configured, measured, region }) => ({
      region,
      points: ((measured.value ?? 0) - (configured ?? 0)) * 100,
    }))
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points))[0];
  if (state.requestsPerSecond <= 0)
    return { status: 'unknown', answer: 'No request has been measured in the last minute.' };
  const off = Math.abs(worst?.points ?? 0);
  const out = state.regions.filter(({ outOfDns }) => outOfDns).map(({ region }) => region.code);
  if (off <= 5 && out.length > 0)
    return {
      status: 'warning',
      answer: `${listOf(out)} ${out.length === 1 ? 'is' : 'are'} out of DNS; what the others get is as it should be, within ${off.toFixed(1)} points.`,
    };
  if (off <= 5)
    return {
      status: 'ok',
      answer: `Measured traffic matches what is configured, within ${off.toFixed(1)} points.`,
    };
  return {
    status: 'warning',
    answer: `${worst?.region} differs from what is configured by ${off.toFixed(1)} points.`,
  };
}

function geographyRow(geography: Geography, state: EstateState): GeographyRow {
  const weights = state.records.value?.weights[geography.key];
  const countries = geography.locations.filter((location) => 'country' in location).length;
  const continents = geography.locations.flatMap((location) =>
    'continent' in location ? [location.continent] : [],
  );
  return {
    key: geography.key,
    name: geography.name,
    users: geography.locations.some((location) => 'default' in location)
      ? 'default record'
      : [
          continents.length > 0 ? `continent ${continents.join(', ')}` : null,
          countries > 0 ? `${countries} country records` : null,
        ]
          .filter(Boolean)
          .join(', '),
    plannedShare: geography.plannedShare,
    weights: state.environment.regions.map((region) => (weights ? (weights[region] ?? 0) / 100 : null)),
  };
}

async function shareChart(
  context: VerbContext,
  state: EstateState,
  range: Range,
  shifts: readonly Mark[],
): Promise<ChartModel> {
  const versions = await versionMarks(context, {
    environment: state.environment.name,
    from: range.from,
    to: range.to,
  });
  const data = await readSharedSeries(context, {
    subjects: state.environment.regions,
    metrics: ['share.measured', 'share.configured'],
    from: range.from,
    to: range.to,
    points: CHART_POINTS,
  });
  const values = (subject: string, metric: string) =>
    data.series.find((series) => series.subject === subject && series.metric === metric)?.values ?? [];
  return {
    title: 'Share of requests',
    unit: '%',
    scale: 100,
    digits: 1,
    times: data.times,
    include: [0, 0.6],
    series: state.environment.regions.map((region, i) => ({
      key: region,
      label: region,
      tone: TONES[i % TONES.length] ?? 1,
      values: values(region, 'share.measured'),
      planned: values(region, 'share.configured'),
    })),
    marks: inTime([...shifts, ...versions]),
  };
}

function marksOf(items: readonly Shifted[], range: Range): Mark[] {
  return items.flatMap(({ id, startedAt, endedAt, state }) => [
    ...(startedAt && startedAt >= range.from ? [{ at: startedAt.getTime() / 1_000, label: id }] : []),
    ...(endedAt && startedAt && endedAt >= range.from
      ? [{ at: endedAt.getTime() / 1_000, label: state }]
      : []),
  ]);
}

/** What the composer starts from; null while the live weights are not known. */
export async function composerModel(
  { context, environment, situation }: Frame,
  asked: { mode: string; region?: string; geography?: string; revise?: string },
): Promise<ComposerModel | null> {
  const { estate } = context;
  const state = await readEstateState(context, environment);
  const weights = state.records.value?.weights;
  if (!weights || !isFresh(state.records.observedAt, context.now, 3_600)) return null;
  const regions = state.environment.regions;
  const shares = globalShares(weights, plannedShares(estate), regions);
  const geographies = estate.geographies.map(({ key, name, plannedShare }) => ({
    key,
    name,
    share: plannedShare,
    weights: Object.fromEntries(regions.map((region) => [region, (weights[key]?.[region] ?? 0) / 100])),
  }));
  const first = geographies.find(({ key }) => key === asked.geography) ?? geographies[0];
  const revised = asked.revise ? await revisedShift(context, environment, asked.revise) : null;
  const initial = initialShift(asked, regions, first, shares);
  return {
    environment,
    regions,
    geographies,
    shares,
    rampSteps: estate.traffic.rampSteps,
    intervalPoints: estate.traffic.dailyPoints,
    map: {
      at: context.now.toISOString(),
      regions: state.regions.map((region) =>
        mapRegion(context, state, region, regionVerdict(situation, region)),
      ),
      links: mapLinks(context, state),
      geographies: mapGeographies(estate),
    },
    initial: revised ?? { shift: initial, ramp: { kind: 'immediate' }, accepted: [] },
  };
}

function initialShift(
  asked: { mode: string; region?: string },
  regions: readonly string[],
  geography: ComposerModel['geographies'][number] | undefined,
  shares: Record<string, number>,
): Shift {
  if (asked.mode === 'drain')
    return {
      mode: 'drain',
      region: asked.region && regions.includes(asked.region) ? asked.region : (regions[0] ?? ''),
    };
  const percents = (row: Readonly<Record<string, number>>) =>
    Object.fromEntries(regions.map((region) => [region, Number(formatShare(row[region] ?? 0))]));
  if (asked.mode === 'target' || !geography) return { mode: 'target', shares: percents(shares) };
  return { mode: 'geography', geography: geography.key, weights: percents(geography.weights) };
}
