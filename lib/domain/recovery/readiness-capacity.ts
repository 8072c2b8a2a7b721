import { nodesNeeded } from '../capacity/capacity.ts';
import { declaredRegions } from './facts.ts';
import { type CapacityAfter, capacityWords } from './loss.ts';
import { type Case, type Found, together } from './readiness-case.ts';
import { listOf, shareWords } from './words.ts';

/** What is ready when it happens: launches are not to be counted on in an event (aws-facts R-02, C-08). */
export function checkCapacityNow({ loss }: Case): Found | null {
  if (!loss) return null;
  if (loss.survivors.length === 0) return nobodyLeft(loss.lost);
  return together(
    loss.survivors.map((after): Found => {
      const enough = after.ready !== null && after.needed <= after.ready;
      return {
        verdict: after.ready === null ? 'unknown' : enough ? 'ok' : 'warning',
        message: capacityWords(after),
        source: 'C-08',
        observedAt: after.observedAt,
        remedy: enough
          ? null
          : { text: `Raise the minimum of ${after.region} to ${after.needed} nodes before it is needed.` },
      };
    }),
    'C-08',
  );
}

/** What a pre-scale can reach: 70 % of the maximum with a reserve, all of it without one. */
export function checkCapacityMaximum({ loss }: Case): Found | null {
  if (!loss) return null;
  if (loss.survivors.length === 0) return nobodyLeft(loss.lost);
  return together(loss.survivors.map(reach), 'C-08');
}

function reach(after: CapacityAfter): Found {
  const { region, needed, usable, maximum, observedAt } = after;
  const found = { source: 'C-08', observedAt };
  if (needed <= usable) {
    const message = `${region} can be scaled to the ${needed} nodes that are needed; ${usable} of ${maximum} keep a reserve.`;
    return { ...found, verdict: 'ok', message, remedy: null };
  }
  const remedy = {
    text: `Raise the maximum of ${region} to ${Math.ceil(needed / (usable / maximum || 1))} nodes, or shed load.`,
  };
  if (needed <= maximum) {
    const message = `${region} can be scaled to the ${needed} nodes that are needed, with no reserve: ${usable} of ${maximum} keep one.`;
    return { ...found, verdict: 'warning', message, remedy };
  }
  const message = `${region} would need ${needed} nodes and may have ${maximum}: the load of now cannot be carried.`;
  return { ...found, verdict: 'blocked', message, remedy };
}

/** At peak no Region of the strategy document can be lost; to be seen, and no reason to refuse what is needed now (C-08). */
export function checkCapacityPeak({ outlook, loss }: Case): Found | null {
  if (!loss || loss.survivors.length === 0) return null;
  const { peakRequestsPerSecond: peak, requestsPerSecondPerNode: perNode } = outlook.estate.capacity;
  const carried = loss.survivors.reduce((sum, { shareBefore }) => sum + shareBefore, 0);
  const needs = loss.survivors.map(({ region, shareBefore, maximum }) => {
    const part = carried > 0 ? shareBefore / carried : 1 / loss.survivors.length;
    return { region, maximum, needed: nodesNeeded(part * peak, perNode) };
  });
  const found = { source: 'C-08', observedAt: null };
  const most = loss.survivors.reduce((sum, { maximum }) => sum + maximum, 0) * perNode;
  const short = needs.filter(({ needed, maximum }) => needed > maximum);
  if (short.length === 0) {
    const message = `At peak, ${peak} requests/s, the rest could carry it with their maximum nodes.`;
    return { ...found, verdict: 'ok', message, remedy: null };
  }
  const said = short.map(
    ({ region, needed, maximum }) => `${region} would need ${needed} nodes of at most ${maximum}`,
  );
  return {
    ...found,
    verdict: 'warning',
    message: `At peak, ${peak} requests/s: ${said.join(', ')}. The rest could carry ${shareWords(Math.min(1, most / peak))} of it.`,
    remedy: {
      text: `Raise maximum nodes to N+1: ${listOf(nPlusOne(outlook, peak, perNode))}; or decide what load is shed.`,
    },
  };
}

/** Most nodes that each Region needs over the loss of any other, at peak: 72, 60 and 40 in the strategy document (C-08). */
function nPlusOne(outlook: Case['outlook'], peak: number, perNode: number): string[] {
  const regions = declaredRegions(outlook);
  return regions.map(({ code, plan }) => {
    const most = Math.max(
      ...regions
        .filter((other) => other.code !== code)
        .map((other) => nodesNeeded((plan.trafficShare / (1 - other.plan.trafficShare)) * peak, perNode)),
    );
    return `${code} ${most}`;
  });
}

function nobodyLeft(lost: readonly string[]): Found {
  const message = `No Region is left to serve the users of ${listOf(lost)}.`;
  return { verdict: 'blocked', message, source: 'C-08', observedAt: null, remedy: { text: 'Add a Region.' } };
}

/** Who would be served, or whose orders stored, where their data must not be (aws-facts C-03). */
export function checkResidency({ loss, target }: Case): Found | null {
  if (!loss || loss.survivors.length === 0) return null;
  const served = loss.residency.map(
    ({ name, residency, points, regions }) =>
      `${points.toFixed(0)} % of users in ${name} would be served from ${listOf(regions)}, outside ${residency}.`,
  );
  const stored = (target?.reasons ?? [])
    .filter(({ code, verdict }) => code === 'residency' && verdict !== 'ok')
    .map(({ message }) => message);
  const all = [...served, ...stored];
  const found = { source: 'C-03', observedAt: null };
  if (all.length === 0)
    return {
      ...found,
      verdict: 'ok',
      message: 'No user’s data leaves the jurisdiction meant for it.',
      remedy: null,
    };
  return {
    ...found,
    verdict: 'warning',
    message: all.join(' '),
    remedy: { text: 'Have a legal basis on record; the requester acknowledges it each time.' },
  };
}
