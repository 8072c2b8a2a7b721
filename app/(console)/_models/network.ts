import type { NetworkModel, PathCell, PathDetail } from '#components/network/model.ts';
import type { Check, Status } from '#components/ui/model.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type EstateState, isFresh, type RegionState, readEstateState } from '#lib/services/regions/state.ts';
import { count, listOf, within } from './common.ts';

/** A way from one Region to another, as both of its ends were observed. */
interface Way {
  from: RegionState;
  to: RegionState;
  status: Status;
  word: string;
  peering: { id: string; status: string } | undefined;
}

/** Every ordered pair of the environment's Regions: peering and routes both ways (aws-facts B-05). */
export async function networkModel(
  context: VerbContext,
  environment: string,
  wanted: { from?: string; to?: string },
): Promise<NetworkModel> {
  const { estate, now } = context;
  const state = await readEstateState(context, environment);
  const limit = staleAfterSeconds('peering', estate.metrics.periodSeconds);
  const fresh = ({ peering }: RegionState) => isFresh(peering.observedAt, now, limit);
  const ways = state.regions.flatMap((from) =>
    state.regions.filter((to) => to !== from).map((to) => judge(from, to, fresh(from) && fresh(to))),
  );
  const here = within(estate, environment);
  const chosen =
    ways.find(({ from, to }) => from.region.code === wanted.from && to.region.code === wanted.to) ??
    ways.find(({ status }) => status !== 'ok') ??
    null;
  return {
    at: now.toISOString(),
    ...answerOf(ways),
    detail:
      'Peering is not transitive: each pair needs its own, with a route to the other’s addresses on both sides.',
    matrix: {
      ok: true,
      value: {
        regions: state.regions.map(({ region }) => ({ code: region.code, cidr: region.vpcCidr })),
        rows: state.regions.map((from) =>
          state.regions.map((to) => {
            const way = ways.find((candidate) => candidate.from === from && candidate.to === to);
            return way === undefined ? null : cellOf(way, here, limit);
          }),
        ),
      },
    },
    chosen: chosen === null ? null : detailOf(context, state, chosen, limit),
    request: null,
    closeHref: routes.network(here),
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

function detailOf(context: VerbContext, state: EstateState, way: Way, limit: number): PathDetail {
  const [from, to] = [way.from.region.code, way.to.region.code];
  const carries = context.estate.geographies
    .filter(({ homeRegion, plannedShare }) => homeRegion === from && plannedShare > 0)
    .map(({ name }) => `orders of ${name}, while ${to} is the writer`);
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
    checks: [
      check('peering', way.peering?.status === 'active', {
        text:
          way.peering === undefined
            ? `peering between ${from} and ${to}`
            : `peering ${way.peering.id}, ${way.peering.status}`,
        end: way.from,
        limit,
      }),
      check('there', way.from.peering.value?.routesTo.includes(to) ?? null, {
        text: `route from ${from} to ${way.to.region.vpcCidr}`,
        end: way.from,
        limit,
      }),
      check('back', way.to.peering.value?.routesTo.includes(from) ?? null, {
        text: `route back from ${to} to ${way.from.region.vpcCidr}`,
        end: way.to,
        limit,
      }),
    ],
    carries: state.regions.length > 1 && way.to.region.promotable ? carries : [],
    connect: null,
    finding: null,
    at: older(way),
    withinSeconds: limit,
  };
}

function check(
  id: string,
  holds: boolean | null,
  { text, end, limit }: { text: string; end: RegionState; limit: number },
): Check {
  const seen = end.peering.value !== null;
  return {
    id,
    status: !seen || holds === null ? 'unknown' : holds ? 'ok' : 'critical',
    text:
      !seen || holds === null ? `Not known: ${text}.` : holds ? `There is a ${text}.` : `No active ${text}.`,
    at: end.peering.observedAt,
    withinSeconds: limit,
  };
}
