import type { NetworkModel, PathCell, PathDetail } from '#components/network/model.ts';
import type { Check, Status } from '#components/ui/model.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { STATEMENTS } from '#lib/domain/recovery/statements.ts';
import { routes } from '#lib/routes.ts';
import { findConnection } from '#lib/services/operations/connections.ts';
import { type EstateState, isFresh, type RegionState, readEstateState } from '#lib/services/regions/state.ts';
import { listUnpaidDebts } from '#lib/services/reviews/debts.ts';
import { actHref, actLabel } from './act-words.ts';
import { count, listOf, STATE_STATUS, STATE_WORDS } from './common.ts';
import { requestPermission, tryPlan } from './recovery/acts.ts';
import type { Frame } from './recovery/frame.ts';
import { askedInQuery, requestModel } from './recovery/request.ts';

export type NetworkQuery = Readonly<Partial<Record<'from' | 'to' | 'act', string>>>;

/** A way from one Region to another, as both of its ends were observed. */
interface Way {
  from: RegionState;
  to: RegionState;
  status: Status;
  word: string;
  peering: { id: string; status: string } | undefined;
}

/** Every ordered pair of the environment's Regions: peering and routes both ways (aws-facts B-05), and what mends one. */
export async function networkModel(frame: Frame, wanted: NetworkQuery): Promise<NetworkModel> {
  const { context, environment, here } = frame;
  const { estate, now } = context;
  const state = await readEstateState(context, environment);
  const limit = staleAfterSeconds('peering', estate.metrics.periodSeconds);
  const fresh = ({ peering }: RegionState) => isFresh(peering.observedAt, now, limit);
  const ways = state.regions.flatMap((from) =>
    state.regions.filter((to) => to !== from).map((to) => judge(from, to, fresh(from) && fresh(to))),
  );
  const chosen =
    ways.find(({ from, to }) => from.region.code === wanted.from && to.region.code === wanted.to) ??
    ways.find(({ status }) => status !== 'ok') ??
    null;
  const asked = wanted.act === 'connect-regions' ? askedInQuery({ ...wanted }) : null;
  const selected = chosen ? { from: chosen.from.region.code, to: chosen.to.region.code } : {};
  return {
    at: now.toISOString(),
    ...answerOf(ways),
    detail:
      'Peering is not transitive: each pair needs its own, with a route to the other’s addresses on both sides.',
    matrix: {
      regions: state.regions.map(({ region }) => ({ code: region.code, cidr: region.vpcCidr })),
      rows: state.regions.map((from) =>
        state.regions.map((to) => {
          const way = ways.find((candidate) => candidate.from === from && candidate.to === to);
          return way === undefined ? null : cellOf(way, here, limit);
        }),
      ),
    },
    chosen: chosen === null ? null : await detailOf(frame, { state, way: chosen, limit }),
    request: asked
      ? await requestModel(frame, asked, { hrefOf: (query) => routes.network({ ...here, ...query }) })
      : null,
    closeHref: routes.network({ ...here, ...selected }),
  };
}

function judge(from: RegionState, to: RegionState, fresh: boolean): Way {
  const peering = from.peering.value?.peerings.find(({ peerRegion }) => peerRegion === to.region.code);
  const way = { from, to, peering };
  if (!fresh || !from.peering.value || !to.peering.value)
    return { ...way, status: 'unknown', word: 'not known' };
  if (peering === undefined) return { ...way, status: 'critical', word: 'no path' };
  if (peering.status !== 'active') return { ...way, status: 'critical', word: peering.status };
  if (!from.peering.value.routesTo.includes(to.region.code))
    return { ...way, status: 'critical', word: 'no route' };
  if (!to.peering.value.routesTo.includes(from.region.code))
    return { ...way, status: 'critical', word: 'no route back' };
  return { ...way, status: 'ok', word: 'open' };
}

function answerOf(ways: readonly Way[]): Pick<NetworkModel, 'status' | 'answer'> {
  if (ways.length === 0) return { status: 'ok', answer: 'There is one Region, and no way to leave it.' };
  const open = ways.filter(({ status }) => status === 'ok').length;
  const closed = ways.filter(({ status }) => status === 'critical');
  const unknown = ways.length - open - closed.length;
  if (closed.length > 0) {
    const pairs = new Set(
      closed.map(({ from, to }) => [from.region.code, to.region.code].toSorted().join(' and ')),
    );
    return {
      status: 'critical',
      answer: `${open} of ${count(ways.length, 'way')} are open: ${listOf([...pairs])} cannot reach each other.`,
    };
  }
  return unknown > 0
    ? {
        status: 'unknown',
        answer: `${open} of ${count(ways.length, 'way')} are open; ${unknown} are not known.`,
      }
    : { status: 'ok', answer: `All ${ways.length} ways are open.` };
}

function cellOf(way: Way, here: { environment?: string }, limit: number): PathCell {
  return {
    status: way.status,
    word: way.word,
    detail: way.peering?.id ?? 'no peering',
    href: routes.network({ ...here, from: way.from.region.code, to: way.to.region.code }),
    at: older(way),
    withinSeconds: limit,
  };
}

/** The older of the two observations that a way rests on. */
function older({ from, to }: Way): string | null {
  const [a, b] = [from.peering.observedAt, to.peering.observedAt];
  return a === null || b === null ? null : a < b ? a : b;
}

async function detailOf(
  frame: Frame,
  { state, way, limit }: { state: EstateState; way: Way; limit: number },
): Promise<PathDetail> {
  const [from, to] = [way.from.region.code, way.to.region.code];
  const mends = await findConnection(frame.context, {
    environment: frame.environment,
    between: [from, to],
  });
  return {
    from,
    to,
    status: way.status,
    word: way.word,
    message:
      way.status === 'ok'
        ? `What ${from} sends to ${to} arrives, and its answers come back.`
        : way.status === 'unknown'
          ? `Nothing fresh is known of it; unknown is not safe. ${way.from.peering.error ?? way.to.peering.error ?? ''}`.trim()
          : `${from} cannot reach ${to}: no other Region forwards for it.`,
    checks: checksOf(way, limit),
    carries: state.regions.length > 1 && way.to.region.promotable ? carriedBy(frame, way) : [],
    connect: way.status === 'ok' ? null : await connectOf(frame, { from, to }, mends),
    finding: way.status === 'critical' ? findingOf(frame) : null,
    operation: mends && {
      id: mends.id,
      title: mends.title,
      href: routes.operation(mends.id, frame.here),
      status: STATE_STATUS[mends.state as OperationState],
      word: STATE_WORDS[mends.state as OperationState],
      at: (mends.endedAt ?? mends.createdAt).toISOString(),
    },
    at: older(way),
    withinSeconds: limit,
  };
}

type Connection = Awaited<ReturnType<typeof findConnection>>;

/** Asked for in the sheet of this page; while one is at it, nobody needs to ask again. */
async function connectOf(
  frame: Frame,
  params: { from: string; to: string },
  mends: Connection,
): Promise<PathDetail['connect']> {
  const { context, here } = frame;
  const kind = 'connect-regions';
  const debts = context.actor.personId ? await listUnpaidDebts(context.database, context.actor.personId) : [];
  const isAtIt = mends !== null && mends.endedAt === null;
  return {
    label: actLabel(kind, params),
    href: actHref(here, kind, params),
    permission: isAtIt
      ? { allowed: false, reason: `${mends.id} is at it: ${STATE_WORDS[mends.state as OperationState]}.` }
      : requestPermission(frame, { kind, debts }, tryPlan(frame, { kind, params })),
  };
}

const NO_PATH = 'B-05';

/** What the strategy document says of the path that is not there. */
function findingOf({ here }: Frame): PathDetail['finding'] {
  const statement = STATEMENTS.find(({ code }) => code === NO_PATH);
  return {
    id: NO_PATH,
    href: routes.findings({ ...here, finding: NO_PATH }),
    says: statement?.says ? { text: statement.says.quote, line: `L${statement.says.line}` } : null,
  };
}

/** Orders follow the writer: what goes this way now, or would if the writer were there. */
function carriedBy({ context, situation }: Frame, way: Way): string[] {
  const [from, to] = [way.from.region.code, way.to.region.code];
  const when = situation.topology.writer === to ? 'now' : `if ${to} is the writer`;
  return context.estate.geographies
    .filter(({ homeRegion, plannedShare }) => homeRegion === from && plannedShare > 0)
    .map(({ name }) => `orders of ${name}, ${when}`);
}

function checksOf(way: Way, limit: number): Check[] {
  const [from, to] = [way.from.region, way.to.region];
  const { peering } = way;
  const isActive = peering?.status === 'active';
  return [
    check('peering', isActive, {
      yes: `Peering ${peering?.id} is active.`,
      no:
        peering === undefined
          ? `There is no peering between ${from.code} and ${to.code}.`
          : `Peering ${peering.id} is ${peering.status}, not active.`,
      end: way.from,
      limit,
    }),
    check('there', way.from.peering.value?.routesTo.includes(to.code) ?? null, {
      yes: `${from.code} has a route to ${to.vpcCidr}.`,
      no: `${from.code} has no route to ${to.vpcCidr}.`,
      end: way.from,
      limit,
    }),
    check('back', way.to.peering.value?.routesTo.includes(from.code) ?? null, {
      yes: `${to.code} has a route back to ${from.vpcCidr}.`,
      no: `${to.code} has no route back to ${from.vpcCidr}.`,
      end: way.to,
      limit,
    }),
  ];
}

function check(
  id: string,
  holds: boolean | null,
  { yes, no, end, limit }: { yes: string; no: string; end: RegionState; limit: number },
): Check {
  const isSeen = end.peering.value !== null && holds !== null;
  return {
    id,
    status: !isSeen ? 'unknown' : holds ? 'ok' : 'critical',
    text: !isSeen ? `The network of ${end.region.code} is not known.` : holds ? yes : no,
    at: end.peering.observedAt,
    withinSeconds: limit,
  };
}
