import type { OverviewModel, SafeAct } from '#components/overview/model.ts';
import { type Permission, permits } from '#lib/domain/access/access.ts';
import type { Freeze } from '#lib/domain/freeze/freeze.ts';
import type { Check } from '#lib/domain/operation/plan.ts';
import { actsAsRecovery } from '#lib/domain/recovery/params.ts';
import { preflightShift } from '#lib/domain/traffic/preflight.ts';
import { plannedShares, solveShift } from '#lib/domain/traffic/solve.ts';
import { globalShares } from '#lib/domain/traffic/weights.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { readShiftFacts } from '#lib/services/operations/facts.ts';
import type { findActiveOperation } from '#lib/services/operations/read.ts';
import { readRunHistory } from '#lib/services/recovery/history.ts';
import { bestTarget } from '#lib/services/recovery/situation.ts';
import type { EstateState } from '#lib/services/regions/state.ts';
import { listUnpaidDebts } from '#lib/services/reviews/debts.ts';
import { controlPermission } from './acts.ts';
import { within } from './common.ts';
import { isDeploymentKind } from './deployment-run.ts';
import { deploymentActs } from './overview-deployments.ts';
import { decideLink, recoveryActs, worstRegion } from './recovery/acts.ts';
import type { Frame } from './recovery/frame.ts';

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

/** What may be done now, and what stands against the rest: what ends an outage comes first. */
export async function safeActs(
  frame: Frame,
  state: EstateState,
  { active, freezes }: { active: Active; freezes: readonly Freeze[] },
): Promise<SafeAct[]> {
  return [
    ...(active ? [abortAct(frame, active)] : []),
    ...(await recoveringActs(frame)),
    ...(await deploymentActs(frame, state, { active, freezes })),
    ...together(await drainActs(frame.context, state, active)),
  ];
}

function abortAct({ context, here }: Frame, active: NonNullable<Active>): SafeAct {
  const abort = controlPermission(context.actor, active, 'abort');
  const puts = actsAsRecovery(active.kind)
    ? 'Stops after what is in flight and puts back what it has changed.'
    : isDeploymentKind(active.kind)
      ? 'Stops after what is in flight; Regions that were switched go back to the version before, at once.'
      : `Puts the former weights back; traffic follows in about ${2 * context.estate.dns.ttlSeconds + 5} s.`;
  return {
    id: 'abort',
    title: `Abort ${active.id}`,
    why: abort.allowed ? puts : abort.reason,
    verdict: abort.allowed ? 'allowed' : 'held',
    href: routes.operation(active.id, here),
  };
}

/** While a Region is in trouble that somebody can do something about: to leave it, with its orders or its readers alone. */
async function recoveringActs(frame: Frame): Promise<SafeAct[]> {
  const { context, environment, situation } = frame;
  const region = worstRegion(situation, 'failing')?.region ?? worstRegion(situation, 'suspect')?.region;
  if (region === undefined || decideLink(frame) === null) return [];
  const { personId } = context.actor;
  const debts = personId ? await listUnpaidDebts(context.database, personId) : [];
  const runs = await readRunHistory(context.database, environment);
  const readers = recoveryActs(frame, region, { debts, runs }).find(({ id }) => id.startsWith('evacuate-'));
  return [
    ...failoverAct(frame, region),
    ...(readers
      ? [
          {
            id: readers.id,
            title: readers.title,
            why: readers.permission.allowed ? readers.why : readers.permission.reason,
            verdict: readers.permission.allowed ? ('emergency' as const) : ('refused' as const),
            href: routes.decide({ ...frame.here, lost: region, option: 'reads' }),
          },
        ]
      : []),
  ];
}

function failoverAct({ context, here, situation }: Frame, lost: string): SafeAct[] {
  const target = bestTarget(situation, lost);
  if (target === null) return [];
  const granted = permits(context.actor.grants, 'operation.emergency');
  return [
    {
      id: 'failover',
      title: `Fail over to ${target}`,
      why: granted.allowed
        ? 'How long it takes, what may be lost at most and who must agree stand on one page.'
        : granted.reason,
      verdict: granted.allowed ? 'emergency' : 'held',
      href: routes.decide({ ...here, lost, option: 'full' }),
    },
  ];
}

/** What is refused everywhere for one reason is said once. */
function together(drains: SafeAct[]): SafeAct[] {
  const [first] = drains;
  const same = drains.every(({ why, verdict }) => verdict === 'refused' && why === first?.why);
  if (!first || drains.length < 2 || !same) return drains;
  return [{ id: 'drain', title: 'Shift traffic', why: first.why, verdict: 'refused' }];
}

async function drainActs(context: VerbContext, state: EstateState, active: Active): Promise<SafeAct[]> {
  const acts: SafeAct[] = [];
  const records = state.records.value;
  if (!records || state.environment.regions.length < 2) return acts;
  const facts = await readShiftFacts(
    { ...context, asker: { personId: context.actor.personId } },
    state.environment,
  );
  const { regions } = state.environment;
  const planned = plannedShares(context.estate);
  const sharesBefore = globalShares(records.weights, planned, regions);
  const granted = permits(context.actor.grants, 'operation.request');
  const byShare = state.regions.toSorted((a, b) => (b.configuredShare ?? 0) - (a.configuredShare ?? 0));
  const largest = byShare.slice(0, MOST_DRAINS).map(({ region }) => region.code);
  for (const region of regions.filter((code) => largest.includes(code))) {
    const solved = solveShift(context.estate, regions, records.weights, {
      mode: 'drain',
      region,
      ramp: { kind: 'immediate' },
    });
    if (!solved.ok) continue;
    const { checks } = preflightShift(context.estate, state.environment, facts, {
      before: records.weights,
      after: solved.matrix,
      sharesBefore,
      sharesAfter: globalShares(solved.matrix, planned, regions),
    });
    const stop = checks.find(({ verdict }) => verdict === 'refuse' || verdict === 'unknown');
    const accept = checks.filter(({ verdict }) => verdict === 'accept');
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
