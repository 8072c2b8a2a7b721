import type { MapFlow, MapLink, MapModel } from '#components/map/model.ts';
import type {
  AttentionItem,
  OverviewModel,
  RegionRow,
  RunningShift,
  SafeAct,
} from '#components/overview/model.ts';
import { formatAge, formatNumber, formatShare, NBSP } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import type { SeriesResult } from '#lib/data/samples.ts';
import { type Permission, permits } from '#lib/domain/access/access.ts';
import { freezeReason, isInForce } from '#lib/domain/freeze/freeze.ts';
import type { Check } from '#lib/domain/operation/plan.ts';
import { preflightShift } from '#lib/domain/traffic/preflight.ts';
import { plannedShares, solveShift } from '#lib/domain/traffic/solve.ts';
import { globalShares } from '#lib/domain/traffic/weights.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listOpenFreezes, readShiftFacts } from '#lib/services/operations/facts.ts';
import { findActiveOperation } from '#lib/services/operations/read.ts';
import { readDetection } from '#lib/services/recovery/situation.ts';
import { type EstateState, isFresh, type RegionState, readEstateState } from '#lib/services/regions/state.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { controlPermission } from './acts.ts';
import { count, listOf, readingOf, within, worstStatus } from './common.ts';

const HISTORY_MINUTES = 15;
const HISTORY_POINTS = 36;

type Active = Awaited<ReturnType<typeof findActiveOperation>>;

/** Where it is decided what to do about a Region that is seen failing, or may be; null while all serve. */
async function decideLink(
  context: VerbContext,
  { environment }: EstateState,
): Promise<OverviewModel['decide']> {
  const detection = await readDetection(context, environment);
  const seen = (state: string) => detection?.regions.find((region) => region.state === state);
  const failing = seen('failing') ?? seen('suspect');
  if (!failing) return null;
  const { region } = failing;
  return {
    label: `Decide about ${region}`,
    href: routes.decide({ ...within(context.estate, environment.name), lost: region }),
    permission: permits(context.actor.grants, 'operation.request'),
  };
}

/** What serves where, what is at risk, what runs, what is safe to do now: from stored observations alone. */
export async function overviewModel(context: VerbContext, environment: string): Promise<OverviewModel> {
  const { now, estate } = context;
  const state = await readEstateState(context, environment);
  const active = await findActiveOperation(context, environment);
  const history = await readSharedSeries(context.database.pool, {
    subjects: state.environment.regions,
    metrics: ['requests', 'errorRate', 'p95Ms', 'share.measured', 'share.configured'],
    from: new Date(now.getTime() - HISTORY_MINUTES * 60_000),
    to: now,
    points: HISTORY_POINTS,
  });
  const freezes = await listOpenFreezes(context.database);
  const regions = state.regions.map((region) => regionRow(context, state, region, history));
  const attention = attentionItems(context, state);
  const links = mapLinks(context, state);
  const status = worstStatus([...regions.map((row) => row.status), ...attention.map((item) => item.status)]);
  return {
    at: now.toISOString(),
    status,
    answer: answerOf(regions, links, attention),
    detail: detailOf(context, state, regions),
    decide: await decideLink(context, state),
    readiness: null,
    freeze: {
      permission: permits(context.actor.grants, 'freeze.change'),
      plan: {
        title: `Freeze changes in ${environment}`,
        note: 'stop the line',
        changes: [
          { label: 'New operations', before: 'allowed', after: 'frozen' },
          ...(active ? [{ label: active.id, before: active.state, after: 'held at its next gate' }] : []),
          { label: 'Abort, revert', before: 'allowed', after: 'allowed' },
        ],
        changeNote:
          'Stays until somebody lifts it under Settings, Freezes. Putting things back is never frozen.',
        checks: active
          ? [
              {
                id: 'held',
                status: 'warning',
                text: `${active.id} runs and will be held where it stands.`,
                reason: active.title,
              },
            ]
          : [{ id: 'idle', status: 'ok', text: 'Nothing runs, so nothing is held half-way.' }],
        agreement: 'Nobody else. Operators, approvers and admins may stop the line.',
        verb: 'Freeze changes',
        reason: 'required',
      },
    },
    map: mapModel(context, state, regions, links, active),
    safe: {
      checkedAt: now.toISOString(),
      acts: await safeActs(context, state, active),
      none: nothingSafe(state),
    },
    links: {
      freezes: routes.settings({ ...within(estate, environment), tab: 'freezes' }),
      replication: routes.replication(within(estate, environment)),
      findings: routes.findings(within(estate, environment)),
    },
    running: runningShift(context, active, history, state),
    regions,
    attention: {
      ok: true,
      value: {
        items: attention,
        note: attention.length === 0 ? 'No alarm, no silent Region, no drift.' : undefined,
      },
    },
    findings: {
      ok: true,
      value: { items: findingItems(context, state), open: findingItems(context, state).length },
    },
    freezes: freezes
      .filter((freeze) => isInForce(freeze, now))
      .map(
        (freeze): AttentionItem => ({
          id: freeze.id,
          status: 'held',
          title: [freeze.environment ?? 'every environment', freeze.region, freeze.kind]
            .filter(Boolean)
            .join(', '),
          text: freezeReason(freeze),
          href: routes.settings({ ...within(context.estate, state.environment.name), tab: 'freezes' }),
        }),
      ),
    survivability: survivabilityRows(estate.capacity.peakRequestsPerSecond, state),
    replication: {
      columns: ['Database'],
      rows: state.regions
        .filter(({ lag }) => lag !== null)
        .map((region) => ({ region: region.region.code, cells: [lagCell(region, state, now)] })),
    },
  };
}

function regionRow(
  context: VerbContext,
  state: EstateState,
  region: RegionState,
  history: SeriesResult,
): RegionRow {
  const { now } = context;
  const limit = state.staleAfterSeconds;
  const { code, name, nodes, support, database } = region.region;
  const verdict = regionStatus(region, state, now);
  const series = (metric: string) =>
    history.series.find((candidate) => candidate.subject === code && candidate.metric === metric)?.values ??
    [];
  return {
    code,
    name,
    href: routes.region(code, within(context.estate, state.environment.name)),
    status: verdict.status,
    word: verdict.word,
    capabilities: capabilities(region),
    share: { value: region.measuredShare, at: region.traffic.observedAt, withinSeconds: limit },
    configuredShare: region.configuredShare,
    requests: readingOf(region.traffic, (traffic) => traffic.requestsPerSecond, limit),
    requestsHistory: series('requests'),
    errors: readingOf(region.traffic, (traffic) => traffic.errorRate, limit),
    errorsHistory: series('errorRate'),
    p95Ms: readingOf(region.traffic, (traffic) => traffic.p95Ms, limit),
    p95History: series('p95Ms'),
    nodesReady: readingOf(region.nodes, (value) => value.ready, limit),
    nodes: {
      min: region.nodeGroup.value?.minimum ?? nodes.min,
      max: region.nodeGroup.value?.maximum ?? nodes.max,
    },
    lag: region.lag
      ? {
          primary: false,
          reading: readingOf(region.lag, (lag) => (lag.idle ? 0 : lag.seconds), limit),
          status: lagStatus(region),
          targetSeconds: database.lagTargetSeconds ?? 1,
        }
      : { primary: true },
    version: region.service.value?.liveVersion ?? null,
    onCall: onCall(support, now),
    at: oldest([region.traffic.observedAt, region.nodes.observedAt, region.database.observedAt]),
    withinSeconds: limit,
  };
}

export function capabilities({ region, database }: RegionState): string {
  const words = [region.servesReads ? 'reads' : null];
  const role = database.value?.role ?? region.database.role;
  words.push(role === 'primary' ? 'writes' : region.promotable ? 'promotable' : 'not promotable');
  return words.filter(Boolean).join(', ');
}

const ORDERS_FAIL = 'Orders fail';

/** The worst thing known about a Region, in two words. */
export function regionStatus(
  region: RegionState,
  state: EstateState,
  now: Date,
): { status: Status; word: string } {
  const limit = state.staleAfterSeconds;
  const healthy = isFresh(region.healthCheck.observedAt, now, limit)
    ? (region.healthCheck.value?.healthy ?? null)
    : null;
  const silent = !isFresh(region.traffic.observedAt, now, limit);
  if (healthy === false)
    return { status: 'critical', word: silent ? 'Not answering' : 'Failing health checks' };
  if (silent) return { status: 'unknown', word: 'Not reporting' };
  if ((region.alarms.value?.inAlarm.length ?? 0) > 0) return { status: 'warning', word: 'In alarm' };
  const errorRate = region.traffic.value?.reads.errorRate ?? 0;
  const p95 = region.traffic.value?.p95Ms ?? 0;
  if (errorRate > 0.01 || p95 > 500)
    return { status: 'critical', word: errorRate > 0.01 ? 'Erring' : 'Slow' };
  // Orders go to the writer's Region: where that one is lost they fail everywhere, while pages are served (aws-facts R-05).
  if ((region.traffic.value?.writes.errorRate ?? 0) > 0.01) return { status: 'critical', word: ORDERS_FAIL };
  const lag = lagStatus(region);
  if (lag === 'critical' || lag === 'warning') return { status: lag, word: 'Link behind' };
  if (region.database.value && region.database.value.status !== 'available')
    return { status: 'warning', word: `Database ${region.database.value.status}` };
  return { status: 'ok', word: 'Serving' };
}

const LAG_STATUS = { ok: 'ok', warning: 'warning', critical: 'critical', unknown: 'unknown' } as const;

export function lagStatus({ lag }: RegionState): Status {
  return LAG_STATUS[lag?.value?.class ?? 'unknown'];
}

function lagCell(region: RegionState, state: EstateState, _now: Date) {
  return {
    reading: region.lag
      ? readingOf(region.lag, (lag) => (lag.idle ? 0 : lag.seconds), state.staleAfterSeconds)
      : { value: null, at: null, withinSeconds: state.staleAfterSeconds },
    status: lagStatus(region),
    unit: 's',
  };
}

interface Clock {
  time: Intl.DateTimeFormat;
  day: Intl.DateTimeFormat;
}

const clocks = new Map<string, Clock>();

/** Made once a time zone: making the two for thirty Regions takes longer than drawing them. */
function clockOf(timeZone: string): Clock {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = {
    time: new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }),
    day: new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short' }),
  };
  clocks.set(timeZone, made);
  return made;
}

/** The Region's own time and who is awake there (aws-facts C-27). */
export function onCall(
  support: RegionState['region']['support'],
  now: Date,
): { localTime: string; hours: string; awake: boolean } {
  const clock = clockOf(support.timeZone);
  const localTime = clock.time.format(now);
  if (support.hours === '24/7') return { localTime, hours: '24/7', awake: true };
  const day = clock.day.format(now);
  const awake = localTime >= support.from && localTime < support.to && day !== 'Sat' && day !== 'Sun';
  return { localTime, hours: awake ? `to ${support.to}` : `from ${support.from}`, awake };
}

function answerOf(
  regions: readonly RegionRow[],
  links: readonly MapLink[],
  attention: readonly AttentionItem[],
): string {
  const ordersFail = regions.filter(({ word }) => word === ORDERS_FAIL);
  const down = regions.filter(({ status, word }) => status === 'critical' && word !== ORDERS_FAIL);
  const silent = regions.filter(({ status }) => status === 'unknown');
  const serving = regions.length - down.length - silent.length;
  const words = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight'];
  const number = (value: number) => words[value] ?? String(value);
  const parts: string[] = [];
  if (down.length > 0)
    parts.push(`${listOf(down.map(({ code, word }) => `${code} is ${word.toLowerCase()}`))}`);
  if (ordersFail.length > 0) parts.push(`orders fail in ${listOf(ordersFail.map(({ code }) => code))}`);
  if (silent.length > 0)
    parts.push(`${listOf(silent.map(({ code }) => code))} ${silent.length === 1 ? 'does' : 'do'} not report`);
  const behind = links.filter(
    ({ missing, status }) => !missing && (status === 'warning' || status === 'critical'),
  );
  if (behind.length > 0)
    parts.push(`${number(behind.length).toLowerCase()} link${behind.length === 1 ? ' is' : 's are'} behind`);
  const lead =
    serving === regions.length
      ? `${regions.length === 1 ? 'The one Region serves' : `All ${number(regions.length).toLowerCase()} Regions serve`}`
      : `${number(serving)} of ${regions.length} Regions serve${serving === 1 ? 's' : ''}${ordersFail.length > 0 ? ' pages' : ''}`;
  const alarms = attention.filter(({ id }) => id.startsWith('alarm')).length;
  if (alarms > 0) parts.push(`${count(alarms, 'alarm')} ${alarms === 1 ? 'is' : 'are'} open`);
  const tail = parts.length > 0 ? ` ${sentence(parts.join(', '))}.` : '';
  return `${lead}.${tail}`;
}

function sentence(text: string): string {
  return /^(us|eu|ap|sa|ca|me|af|il)-/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

function detailOf(context: VerbContext, state: EstateState, regions: readonly RegionRow[]): string {
  // A Region that went silent as the writer is not the writer any more once another one is seen to be.
  const primaries = state.regions.filter(
    (region) => (region.database.value?.role ?? region.region.database.role) === 'primary',
  );
  const writer =
    primaries.find(({ database }) => isFresh(database.observedAt, context.now, state.staleAfterSeconds)) ??
    primaries[0];
  const requests = state.requestsPerSecond;
  const errors = state.regions.reduce(
    (sum, { traffic }) => sum + (traffic.value?.errorRate ?? 0) * (traffic.value?.requestsPerSecond ?? 0),
    0,
  );
  const slowest = [...regions].sort((a, b) => (b.p95Ms.value ?? 0) - (a.p95Ms.value ?? 0))[0];
  const atLeast = state.uncounted.length > 0 ? 'at least ' : '';
  const uncounted = state.uncounted.length > 0 ? `, ${listOf(state.uncounted)} not counted` : '';
  const observed = state.regions.flatMap((region) => [
    region.traffic,
    region.nodes,
    region.database,
    region.healthCheck,
    region.service,
  ]);
  const fresh = observed.filter(({ observedAt }) =>
    isFresh(observedAt, context.now, state.staleAfterSeconds),
  ).length;
  return [
    `Writes in ${writer?.region.code ?? 'no Region'}.`,
    `${sentence(atLeast)}${formatNumber(requests, 1)}${NBSP}requests/s${uncounted}, ${formatShare(requests > 0 ? errors / requests : 0, 2)}${NBSP}% errors${slowest?.p95Ms.value ? `, p95 up to ${Math.round(slowest.p95Ms.value)}${NBSP}ms` : ''}.`,
    `${fresh} of ${observed.length} observations are younger than ${state.staleAfterSeconds}${NBSP}s.`,
  ].join(' ');
}

function attentionItems(context: VerbContext, state: EstateState): AttentionItem[] {
  const { now } = context;
  return state.regions.flatMap((region): AttentionItem[] => {
    const code = region.region.code;
    const items: AttentionItem[] = (region.alarms.value?.inAlarm ?? []).map((alarm) => ({
      id: `alarm-${code}-${alarm.name}`,
      status: 'critical',
      title: `${alarm.name}, ${code}`,
      text: alarm.reason,
      href: routes.region(code, within(context.estate, state.environment.name)),
    }));
    const verdict = regionStatus(region, state, now);
    if (verdict.status !== 'ok') {
      const observed = region.traffic;
      items.push({
        id: `region-${code}`,
        status: verdict.status,
        title: `${code}: ${verdict.word.toLowerCase()}`,
        text: observed.error ? `${observed.error}.` : regionText(region),
        ...(observed.observedAt
          ? { end: `seen ${formatAge((now.getTime() - Date.parse(observed.observedAt)) / 1_000)} ago` }
          : {}),
        href: routes.region(code, within(context.estate, state.environment.name)),
      });
    }
    const configured = region.configuredShare;
    if (
      configured !== null &&
      region.measuredShare !== null &&
      Math.abs(configured - region.measuredShare) > 0.05
    ) {
      items.push({
        id: `drift-${code}`,
        status: 'warning',
        title: `${code} carries ${formatShare(region.measuredShare)} %, configured are ${formatShare(configured)} %`,
        text: 'Measured and configured share differ by more than 5 points. Resolvers may still follow a change, or a health check moves traffic.',
        href: routes.traffic(within(context.estate, state.environment.name)),
      });
    }
    return items;
  });
}

function regionText(region: RegionState): string {
  const lag = region.lag?.value;
  if (lag && !lag.idle && lag.seconds !== null && lag.class !== 'ok')
    return `Database lag is ${lag.seconds.toFixed(1)} s.`;
  const traffic = region.traffic.value;
  return traffic
    ? `Error rate ${formatShare(traffic.errorRate ?? 0, 2)} %, p95 ${Math.round(traffic.p95Ms ?? 0)} ms.`
    : 'Nothing is known about it.';
}

/** Pairs of Regions that cannot reach each other: the one finding of the strategy document that observations show already. */
function findingItems(context: VerbContext, state: EstateState): AttentionItem[] {
  return missingPaths(state)
    .map(([from, to]) => ({
      id: `path-${from}-${to}`,
      status: 'critical' as const,
      title: `${from} and ${to} cannot reach each other`,
      text: `No active peering with routes both ways. Peering is not transitive: if the writer moved to ${from}, orders from ${to} would fail.`,
      end: 'B-05',
      href: routes.replication(within(context.estate, state.environment.name)),
    }))
    .filter(() => context.estate.regions.length > 1);
}

/** Pairs whose network was observed on both sides and that do not reach each other. */
export function missingPaths(state: EstateState): [string, string][] {
  return pairs(state.regions)
    .filter(
      ([a, b]) =>
        a.peering.value &&
        b.peering.value &&
        !(
          a.peering.value.routesTo.includes(b.region.code) && b.peering.value.routesTo.includes(a.region.code)
        ),
    )
    .map(([a, b]) => [a.region.code, b.region.code]);
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
}

function mapLinks(context: VerbContext, state: EstateState): MapLink[] {
  const primary = state.regions.find(
    (region) => (region.database.value?.role ?? region.region.database.role) === 'primary',
  );
  const links: MapLink[] = state.regions.flatMap((region) => {
    if (!region.lag || !primary) return [];
    const fresh = isFresh(region.lag.observedAt, context.now, state.staleAfterSeconds * 2);
    const status = fresh ? lagStatus(region) : 'unknown';
    const lag = region.lag.value;
    const figure =
      !fresh || lag?.seconds == null
        ? 'not known'
        : lag.idle
          ? 'idle'
          : `${lag.seconds.toFixed(lag.seconds < 10 ? 2 : 0)} s`;
    const target = region.region.database.lagTargetSeconds;
    return [
      {
        id: `${primary.region.code}-${region.region.code}`,
        from: primary.region.code,
        to: region.region.code,
        status,
        missing: false,
        figure,
        ...(status !== 'ok' && target ? { detail: `database behind, target < ${target} s` } : {}),
      },
    ];
  });
  for (const [from, to] of missingPaths(state)) {
    links.push({
      id: `missing-${from}-${to}`,
      from,
      to,
      status: 'critical',
      missing: true,
      figure: 'no path',
    });
  }
  return links;
}

function mapModel(
  context: VerbContext,
  state: EstateState,
  rows: readonly RegionRow[],
  links: readonly MapLink[],
  active: Active,
): MapModel {
  const { estate, now } = context;
  const weights = weightsOf(context, state);
  const before = beforeWeights(active);
  // AWS measures by Region, not by where users sit: a Region's measured share is spread over cities as the weights send them.
  const configured = globalShares(weights, plannedShares(estate), state.environment.regions);
  const flows: MapFlow[] = estate.geographies.flatMap((geography) =>
    geography.cities.flatMap((city) =>
      Object.entries(weights[geography.key] ?? {}).flatMap(([region, percent]): MapFlow[] => {
        const regionState = state.regions.find((candidate) => candidate.region.code === region);
        const planned = (geography.plannedShare * percent) / 100 / geography.cities.length;
        const expected = configured[region] ?? 0;
        const scale =
          regionState?.measuredShare != null && expected > 0 ? regionState.measuredShare / expected : 1;
        if (planned <= 0) return [];
        const moved = active && (before?.[geography.key]?.[region] ?? percent) < percent - 0.01;
        return [
          {
            city: city.name,
            lat: city.lat,
            lon: city.lon,
            region,
            share: planned * scale,
            ...(moved ? { movedBy: active.id } : {}),
          },
        ];
      }),
    ),
  );
  return {
    at: now.toISOString(),
    regions: state.regions.map((region) => {
      const row = rows.find(({ code }) => code === region.region.code);
      return {
        code: region.region.code,
        lat: region.region.lat,
        lon: region.region.lon,
        status: row?.status ?? 'unknown',
        share: row?.share ?? { value: null, at: null, withinSeconds: state.staleAfterSeconds },
        requests: row?.requests ?? { value: null, at: null, withinSeconds: state.staleAfterSeconds },
        capabilities: capabilities(region),
        href: routes.region(region.region.code, within(context.estate, state.environment.name)),
      };
    }),
    flows,
    links,
    geographies: estate.geographies
      .filter(({ plannedShare }) => plannedShare > 0)
      .map(({ key, name, cities, plannedShare }) => ({
        key,
        name,
        share: plannedShare,
        lat: cities.reduce((sum, { lat }) => sum + lat, 0) / Math.max(1, cities.length) - 12,
        lon: cities.reduce((sum, { lon }) => sum + lon, 0) / Math.max(1, cities.length),
      })),
  };
}

/** Of one Region alone, all of every geography: the zone's records are those of the other environment. */
function weightsOf({ estate }: VerbContext, state: EstateState): Record<string, Record<string, number>> {
  const [only, ...others] = state.environment.regions;
  if (only === undefined || others.length > 0) return state.records.value?.weights ?? {};
  return Object.fromEntries(estate.geographies.map(({ key }) => [key, { [only]: 100 }]));
}

/** Why the list of safe acts may be empty. */
function nothingSafe(state: EstateState): OverviewModel['safe']['none'] {
  return state.environment.regions.length < 2
    ? {
        title: 'There is nowhere to shift to.',
        text: `${state.environment.name} is in one Region; traffic cannot leave it.`,
      }
    : {
        title: 'Nothing can be judged yet.',
        text: 'The records have not been read; unknown is not safe. The first cycle takes a few seconds.',
      };
}

/** Weights before the running operation, by geography and Region in percent, from its stored plan. */
function beforeWeights(active: Active): Record<string, Record<string, number>> | null {
  const plan = active?.plan as { change?: { before?: Record<string, Record<string, number>> } } | undefined;
  return plan?.change?.before ?? null;
}

/** Each is a whole preflight; of more Regions than this the smaller ones are a matter for the composer. */
const MOST_DRAINS = 8;

async function safeActs(context: VerbContext, state: EstateState, active: Active): Promise<SafeAct[]> {
  const acts: SafeAct[] = [];
  if (active) {
    const abort = controlPermission(context.actor, active, 'abort');
    acts.push({
      id: 'abort',
      title: `Abort ${active.id}`,
      why: abort.allowed
        ? `Puts the former weights back; traffic follows in about ${2 * context.estate.dns.ttlSeconds + 5} s.`
        : abort.reason,
      verdict: abort.allowed ? 'allowed' : 'held',
      href: routes.operation(active.id, within(context.estate, state.environment.name)),
    });
  }
  const records = state.records.value;
  if (!records || state.environment.regions.length < 2) return acts;
  const facts = await readShiftFacts(context.database, context.estate, state.environment, context.now);
  const shares = plannedShares(context.estate);
  const byShare = state.regions.toSorted((a, b) => (b.configuredShare ?? 0) - (a.configuredShare ?? 0));
  const largest = byShare.slice(0, MOST_DRAINS).map(({ region }) => region.code);
  for (const region of state.environment.regions.filter((code) => largest.includes(code))) {
    const solved = solveShift(context.estate, state.environment.regions, records.weights, {
      mode: 'drain',
      region,
      ramp: { kind: 'immediate' },
    });
    if (!solved.ok) continue;
    const { checks } = preflightShift(context.estate, state.environment, facts, {
      before: records.weights,
      after: solved.matrix,
      sharesBefore: globalShares(records.weights, shares, state.environment.regions),
      sharesAfter: globalShares(solved.matrix, shares, state.environment.regions),
    });
    const stop = checks.find(({ verdict }) => verdict === 'refuse' || verdict === 'unknown');
    const accept = checks.filter(({ verdict }) => verdict === 'accept');
    const granted = permits(context.actor.grants, 'operation.request');
    acts.push({
      id: `drain-${region}`,
      title: `Drain ${region}`,
      why: drainReason({ stop, accept: accept[0], granted, active, checks }),
      verdict: stop ? 'refused' : active || !granted.allowed ? 'held' : 'allowed',
      href: routes.traffic({ ...within(context.estate, state.environment.name), compose: 'drain', region }),
    });
  }
  return acts;
}

/** The one sentence that matters most about draining a Region now. */
function drainReason(options: {
  stop: Check | undefined;
  accept: Check | undefined;
  granted: Permission;
  active: Active;
  checks: readonly Check[];
}): string {
  const { stop, accept, granted, active, checks } = options;
  if (stop) return stop.message;
  if (!granted.allowed) return granted.reason;
  if (active) return `Waits for ${active.id}: one operation at a time.`;
  if (accept) return `Fits, if accepted: ${accept.message}`;
  return checks.find(({ code }) => code.startsWith('capacity'))?.message ?? 'Every check passes.';
}

function runningShift(
  context: VerbContext,
  active: Active,
  history: SeriesResult,
  state: EstateState,
): RunningShift | null {
  if (!active) return null;
  const plan = active.plan as {
    change?: { sharesBefore: Record<string, number>; sharesAfter: Record<string, number> };
  };
  const { change } = plan;
  if (!change) return null;
  const gain = (code: string) => (change.sharesAfter[code] ?? 0) - (change.sharesBefore[code] ?? 0);
  const region = [...state.environment.regions].sort((a, b) => gain(b) - gain(a))[0];
  if (!region) return null;
  const points = (metric: string) => {
    const values =
      history.series.find((series) => series.subject === region && series.metric === metric)?.values ?? [];
    return values.flatMap((share, i) =>
      share === null ? [] : [{ at: new Date((history.times[i] ?? 0) * 1_000).toISOString(), share }],
    );
  };
  return {
    id: active.id,
    href: routes.operation(active.id, within(context.estate, state.environment.name)),
    region,
    configured: points('share.configured'),
    measured: points('share.measured'),
    gates: 'Holds from 0.1 % errors or 200 ms on; reverts above 1 % or 500 ms.',
  };
}

function survivabilityRows(peak: number, state: EstateState): OverviewModel['survivability'] {
  return {
    loadNow: `Now, ${Math.round((state.requestsPerSecond / peak) * 100)} % of peak`,
    rows: state.survivability.map((loss) => ({
      lost: loss.lost,
      now:
        loss.shortNow === null
          ? { status: 'unknown', text: 'ready nodes not known' }
          : !loss.survivableNow
            ? { status: 'critical', text: 'not survivable' }
            : loss.shortNow > 0
              ? { status: 'warning', text: `${count(loss.shortNow, 'node')} to start first` }
              : { status: 'ok', text: 'ready nodes carry it' },
      atPeak: {
        status: loss.carriedAtPeak >= 1 ? 'ok' : 'critical',
        text: `${Math.round(loss.carriedAtPeak * 100)} %`,
      },
    })),
  };
}

function oldest(times: readonly (string | null)[]): string | null {
  const known = times.filter((time) => time !== null).sort();
  return known.length === times.length ? (known[0] ?? null) : null;
}
