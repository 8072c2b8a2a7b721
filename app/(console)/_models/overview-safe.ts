import type { OverviewModel, SafeAct } from '#components/overview/model.ts';
import { type Permission, permits } from '#lib/domain/access/access.ts';
import type { Check } from '#lib/domain/operation/plan.ts';
import { preflightShift } from '#lib/domain/traffic/preflight.ts';
import { plannedShares, solveShift } from '#lib/domain/traffic/solve.ts';
import { globalShares } from '#lib/domain/traffic/weights.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { readShiftFacts } from '#lib/services/operations/facts.ts';
import type { findActiveOperation } from '#lib/services/operations/read.ts';
import type { EstateState } from '#lib/services/regions/state.ts';
import { controlPermission } from './acts.ts';
import { within } from './common.ts';

type Active = Awaited<ReturnType<typeof findActiveOperation>>;

/** Why the list of safe acts may be empty. */
export function nothingSafe(state: EstateState): OverviewModel['safe']['none'] {
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

/** Each is a whole preflight; of more Regions than this the smaller ones are a matter for the composer. */
const MOST_DRAINS = 8;

/** What may be done now, and what stands against the rest. */
export async function safeActs(context: VerbContext, state: EstateState, active: Active): Promise<SafeAct[]> {
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
