import type { AttentionItem, OverviewModel, RegionRow } from '#components/overview/model.ts';
import type { Section, Status } from '#components/ui/model.ts';
import type { SeriesResult } from '#lib/data/samples.ts';
import { permits } from '#lib/domain/access/access.ts';
import type { RegionLoss } from '#lib/domain/capacity/capacity.ts';
import { type Freeze, freezeReason, isInForce } from '#lib/domain/freeze/freeze.ts';
import { onceFor } from '#lib/domain/once-for.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { linkSource } from '#lib/services/links/link.ts';
import { listOpenFreezes } from '#lib/services/operations/facts.ts';
import { findActiveOperation } from '#lib/services/operations/read.ts';
import { type EstateState, type RegionState, readEstateState } from '#lib/services/regions/state.ts';
import { count, readingOf, worstStatus } from './common.ts';
import { coveredWords, freezeTitle } from './freeze-words.ts';
import { onCall } from './on-call.ts';
import { attentionItems } from './overview-attention.ts';
import { mapLinks, mapModel } from './overview-map.ts';
import { findingsSection, readinessLine } from './overview-recovery.ts';
import { COURSE_MISSING, readLastMinutes, runningShift } from './overview-running.ts';
import { nothingSafe, safeActs } from './overview-safe.ts';
import { answerOf, detailOf } from './overview-words.ts';
import { decideLink } from './recovery/acts.ts';
import type { Frame } from './recovery/frame.ts';
import { capabilities, lagStatus, regionVerdict } from './region-verdict.ts';
import { mapSection, readSection } from './sections.ts';

const NO_COURSE: SeriesResult = { times: [], bucketSeconds: 0, series: [] };

type Active = Awaited<ReturnType<typeof findActiveOperation>>;

/** What serves where, what is at risk, what runs, what is safe to do now: from stored observations alone. */
export async function overviewModel(frame: Frame): Promise<OverviewModel> {
  const { context, environment, here } = frame;
  const { now, estate } = context;
  const state = await readEstateState(context, environment);
  const [active, course, freezes, readiness, findings] = await Promise.all([
    findActiveOperation(context, environment),
    readSection(frame, COURSE_MISSING, () => readLines(context, state)),
    readSection(frame, 'Freezes could not be read', () => listOpenFreezes(context)),
    readinessLine(frame),
    findingsSection(frame),
  ]);
  const [acts, running] = await Promise.all([
    safeSection(frame, state, { active, freezes }),
    runningShift(frame, active),
  ]);
  const history = course.ok ? course.value : NO_COURSE;
  const regions = state.regions.map((region) => regionRow(frame, state, { region, history }));
  const attention = attentionItems(frame, state);
  const links = mapLinks(context, state);
  const status = worstStatus([...regions.map((row) => row.status), ...attention.map((item) => item.status)]);
  return {
    at: now.toISOString(),
    status,
    answer: answerOf(regions, links, attention),
    detail: detailOf(context, state, regions),
    decide: decideLink(frame),
    readiness,
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
        changeNote: 'Stays until somebody lifts it under Freezes. Putting things back stays possible.',
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
    map: mapModel(context, state, { rows: regions, links, active }),
    safe: {
      checkedAt: now.toISOString(),
      acts,
      none: nothingSafe(state),
    },
    links: {
      freezes: routes.freezes(here),
      replication: routes.replication(here),
      findings: routes.findings(here),
      readiness: routes.recovery({ ...here, tab: 'readiness' }),
    },
    running,
    regions,
    courses: course.ok ? null : course.problem,
    attention: {
      items: attention,
      note: attention.length === 0 ? 'No alarm, no silent Region, no drift.' : undefined,
    },
    findings,
    freezes: mapSection(freezes, (open) =>
      open.filter((freeze) => isInForce(freeze, now)).map((freeze) => freezeItem(freeze, here)),
    ),
    survivability: survivabilityRows(estate.capacity.peakRequestsPerSecond, state),
    replication: {
      columns: ['Database'],
      rows: state.regions
        .filter(({ lag }) => lag !== null)
        .map((region) => ({ region: region.region.code, cells: [lagCell(region, state)] })),
    },
  };
}

/** The courses in the rows: what a Region's traffic was. */
function readLines(context: VerbContext, { regions }: EstateState): Promise<SeriesResult> {
  return readLastMinutes(context, {
    subjects: [...new Set(regions.map(({ trafficSubject }) => trafficSubject))],
    metrics: ['requests', 'errorRate', 'p95Ms'],
  });
}

/** Where freezes are not known, what is safe is not known either. */
async function safeSection(
  frame: Frame,
  state: EstateState,
  { active, freezes }: { active: Active; freezes: Section<Freeze[]> },
): Promise<OverviewModel['safe']['acts']> {
  const title = 'What is safe could not be judged';
  if (!freezes.ok) return { ok: false, problem: { ...freezes.problem, title } };
  return readSection(frame, title, () => safeActs(frame, state, { active, freezes: freezes.value }));
}

function freezeItem(freeze: Freeze, here: Frame['here']): AttentionItem {
  return {
    id: freeze.id,
    status: 'held',
    title: [freezeTitle(freeze), coveredWords(freeze), freeze.region].filter(Boolean).join(', '),
    text: freezeReason(freeze),
    href: routes.freezes({ ...here, freeze: freeze.id }),
  };
}

function regionRow(
  frame: Frame,
  state: EstateState,
  { region, history }: { region: RegionState; history: SeriesResult },
): RegionRow {
  const { context, here, situation } = frame;
  const { now } = context;
  const limit = state.staleAfterSeconds;
  const { code, name, nodes, support } = region.region;
  const series = (metric: string) => linesOf(history).get(`${region.trafficSubject} ${metric}`) ?? [];
  return {
    code,
    name,
    href: routes.region(code, here),
    ...regionVerdict(situation, region),
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
    lag: lagOf(frame, state, region),
    version: region.service.value?.liveVersion ?? null,
    onCall: onCall(support, now),
    at: oldest([region.traffic.observedAt, region.nodes.observedAt, region.database.observedAt]),
    withinSeconds: limit,
  };
}

/** By subject and metric, with as many digits as a line in a row can show: of many Regions these are most of the page. */
const linesOf = onceFor(
  ({ series }: SeriesResult) =>
    new Map(
      series.map(({ subject, metric, values }) => [
        `${subject} ${metric}`,
        values.map((value) => (value === null ? null : Number(value.toPrecision(4)))),
      ]),
    ),
);

/** A former writer that nobody sees any more copies nothing, and is not the primary for that. */
function lagOf({ context }: Frame, state: EstateState, region: RegionState): RegionRow['lag'] {
  const withinSeconds = state.staleAfterSeconds;
  if (linkSource(context, state).writer === region) return { primary: true };
  return {
    primary: false,
    reading: region.lag
      ? readingOf(region.lag, (lag) => (lag.idle ? 0 : lag.seconds), withinSeconds)
      : { value: null, at: null, withinSeconds },
    status: lagStatus(region),
    targetSeconds: region.region.database.lagTargetSeconds ?? 1,
  };
}

function lagCell(region: RegionState, state: EstateState) {
  return {
    reading: region.lag
      ? readingOf(region.lag, (lag) => (lag.idle ? 0 : lag.seconds), state.staleAfterSeconds)
      : { value: null, at: null, withinSeconds: state.staleAfterSeconds },
    status: lagStatus(region),
    unit: 's',
  };
}

function survivabilityRows(peak: number, state: EstateState): OverviewModel['survivability'] {
  return {
    loadNow: `Now, ${Math.round((state.requestsPerSecond / peak) * 100)} % of peak`,
    rows: state.survivability.map((loss) => ({
      lost: loss.lost,
      now: survivalNow(loss),
      atPeak: {
        status: loss.carriedAtPeak >= 1 ? 'ok' : 'critical',
        text: `${Math.round(loss.carriedAtPeak * 100)} %`,
      },
    })),
  };
}

function survivalNow({ class: fits, shortNow }: RegionLoss): { status: Status; text: string } {
  switch (fits) {
    case 'ok':
      return { status: 'ok', text: 'ready nodes carry it' };
    case 'pre-scale':
      return { status: 'warning', text: `${count(shortNow ?? 0, 'node')} to start first` };
    case 'short':
      return { status: 'critical', text: 'not survivable' };
    case 'unknown':
      return { status: 'unknown', text: 'ready nodes not known' };
    default:
      return fits satisfies never;
  }
}

function oldest(times: readonly (string | null)[]): string | null {
  const known = times.filter((time) => time !== null).sort();
  return known.length === times.length ? (known[0] ?? null) : null;
}
