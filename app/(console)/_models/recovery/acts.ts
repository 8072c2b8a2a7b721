import type { RecoveryAct, RecoveryModel } from '#components/recovery/model.ts';
import { formatClock, plural } from '#components/ui/format.ts';
import type { Permission, Status } from '#components/ui/model.ts';
import type { RegionDetection } from '#lib/domain/recovery/detection.ts';
import { switchOf } from '#lib/domain/recovery/dns-switch.ts';
import { factsOf, known, requireDeclared } from '#lib/domain/recovery/facts.ts';
import { lossOf } from '#lib/domain/recovery/loss.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import { refusedOrders } from '#lib/domain/recovery/refused-orders.ts';
import { awaitsRebuild } from '#lib/domain/recovery/returned.ts';
import { mayRequest, type ReviewDebt } from '#lib/domain/recovery/review-debt.ts';
import { rankTargets } from '#lib/domain/recovery/targets.ts';
import { MeridianError } from '#lib/errors.ts';
import { routes } from '#lib/routes.ts';
import type { PlannedOperation } from '#lib/services/operations/planners/planner.ts';
import { planRecoveryIn } from '#lib/services/operations/planners/recovery.ts';
import type { RunHistory } from '#lib/services/recovery/history.ts';
import { detectionOf } from '#lib/services/recovery/situation.ts';
import { listOf } from '../common.ts';
import { type Frame, mayRequestIn, requestHref } from './frame.ts';

export interface Asked {
  kind: RecoveryKind;
  params: Readonly<Record<string, unknown>>;
}

export type Tried = { ok: true; planned: PlannedOperation } | { ok: false; reason: string };

/** The plan as it would be made now, or why there is none and what to do instead. */
export function tryPlan({ situation }: Pick<Frame, 'situation'>, asked: Asked): Tried {
  try {
    return { ok: true, planned: planRecoveryIn(situation, asked) };
  } catch (error) {
    if (!(error instanceof MeridianError)) throw error;
    return { ok: false, reason: error.message.replace(/^There is no plan for it: /, '') };
  }
}

/** Grants, then what the person owes, then the first check that nobody can accept. */
export function requestPermission(
  frame: Frame,
  { kind, debts }: { kind: RecoveryKind; debts: readonly ReviewDebt[] },
  tried: Tried,
): Permission {
  if (!tried.ok) return { allowed: false, reason: tried.reason };
  const { planned } = tried;
  const granted = mayRequestIn(frame, planned.regions);
  if (!granted.allowed) return granted;
  const { actor, now } = frame.context;
  const owed = mayRequest(debts, { personId: actor.personId ?? '', kind, emergency: false }, now);
  if (!owed.allowed) return owed;
  const open = planned.checks.find(({ verdict }) => verdict === 'refuse' || verdict === 'unknown');
  return open ? { allowed: false, code: open.code, reason: open.message } : { allowed: true };
}

interface History {
  debts: readonly ReviewDebt[];
  runs: RunHistory;
}

/** What can be done about the Region, each act with what it costs or the rule that forbids it now. */
export function recoveryActs(frame: Frame, region: string, history: History): RecoveryAct[] {
  const { topology, detection } = frame.situation;
  const isWriter = topology.writer === region;
  const isDown =
    ['failing', 'suspect'].includes(detectionOf(detection, region)?.state ?? '') &&
    !awaitsRebuild(frame.situation.outlook, region);
  return [
    ...(isWriter || isDown ? [failover(frame, region)] : []),
    ...(isWriter ? switchoversFrom(frame, region, history) : [comeHere(frame, region, history)]),
    readers(frame, region, history),
    ...(isWriter ? [] : [rebuild(frame, region, history)]),
    ...prepareSwitch(frame, region, history),
  ];
}

/** Decided on a page of its own, where what may be lost is shown. Looking at it is never forbidden. */
function failover(frame: Frame, region: string): RecoveryAct {
  const { detection, topology } = frame.situation;
  const seen = detectionOf(detection, region);
  const writes = topology.writer === region;
  const status: Status = seen?.state === 'failing' ? 'ok' : seen?.state === 'serving' ? 'held' : 'warning';
  const serving = `${seen?.reason ?? ''} A failover loses what is not yet replicated; a switchover loses nothing.`;
  return {
    id: 'failover',
    title: writes ? `Fail over from ${region}` : `Decide about ${region}`,
    why:
      seen?.state === 'serving'
        ? serving
        : (seen?.reason ?? `Nobody says whether ${region} serves: no worker looks at it now.`),
    status,
    permission: { allowed: true },
    label: 'Decide',
    href: routes.decide({ ...frame.here, lost: region, option: writes ? 'full' : 'reads' }),
    danger: true,
  };
}

function switchoversFrom(frame: Frame, region: string, history: History): RecoveryAct[] {
  const targets = rankTargets(frame.situation.outlook, []).filter((target) => target.region !== region);
  const [best] = targets;
  return best ? [switchover(frame, best.region, history)] : [];
}

function switchover(frame: Frame, target: string, history: History): RecoveryAct {
  return act(frame, history, {
    asked: { kind: 'switchover', params: { target } },
    title: `Switch over to ${target}`,
    does: 'No order is lost; orders wait while the writer moves.',
  });
}

/** Home is where the estate declares the primary: the way there is the failback, which also rebuilds what is broken. */
function comeHere(frame: Frame, region: string, history: History): RecoveryAct {
  const { database } = requireDeclared(frame.situation.outlook, region);
  if (database.role !== 'primary') return switchover(frame, region, history);
  return act(frame, history, {
    asked: { kind: 'failback', params: { target: region } },
    title: `Fail back to ${region}`,
    does: 'A copy there where it has none, its readers back, then the writer; no order is lost.',
  });
}

function readers(frame: Frame, region: string, history: History): RecoveryAct {
  const { outlook, topology } = frame.situation;
  const isOff = topology.regions.some((one) => one.code === region && one.switchedOff);
  if (isOff)
    return act(frame, history, {
      asked: { kind: 'return', params: { region } },
      title: `Let readers back to ${region}`,
      does: 'Its switches are lifted once it is found fit to serve.',
    });
  const { sharesAfter, sharesBefore } = lossOf(outlook, [region]);
  const receivers = outlook.environment.regions.filter(
    (code) => (sharesAfter[code] ?? 0) - (sharesBefore[code] ?? 0) > 0.0005,
  );
  return act(frame, history, {
    asked: { kind: 'evacuate', params: { region } },
    title: `Evacuate ${region}`,
    does: `Its readers go to ${listOf(receivers) || 'no other Region'}; nothing is promoted.`,
  });
}

function rebuild(frame: Frame, region: string, history: History): RecoveryAct {
  const { writer } = frame.situation.topology;
  return act(frame, history, {
    asked: { kind: 'rebuild', params: { region } },
    title: `Rebuild ${region}`,
    does: `A new replica of ${writer ?? 'the writer'}; an old primary that stands there is shut, renamed and kept.`,
  });
}

/** Shown while the Region has none. */
function prepareSwitch(frame: Frame, region: string, history: History): RecoveryAct[] {
  const { outlook } = frame.situation;
  const zone = known(outlook, 'zone', outlook.facts.zone);
  if (!zone.known || switchOf(outlook, zone.value, region).prepared) return [];
  return [
    act(frame, history, {
      asked: { kind: 'prepare-switch', params: { region } },
      title: `Prepare the switch of ${region}`,
      does: 'It then leaves DNS by an object in a peer’s bucket, without Route 53’s control plane.',
    }),
  ];
}

function act(
  frame: Frame,
  { debts, runs }: History,
  { asked, title, does }: { asked: Asked; title: string; does: string },
): RecoveryAct {
  const tried = tryPlan(frame, asked);
  const permission = requestPermission(frame, { kind: asked.kind, debts }, tried);
  const accepts = tried.ok ? tried.planned.checks.filter(({ verdict }) => verdict === 'accept').length : 0;
  const past = runs[asked.kind];
  const took = past
    ? `Usually ${formatClock(past.p50Seconds)} in all, by ${plural(past.runs, 'run')}.`
    : 'It has never run here.';
  const open = accepts === 0 ? '' : ` ${plural(accepts, 'thing')} to accept.`;
  return {
    id: `${asked.kind}-${Object.values(asked.params).join('-')}`,
    title,
    why: `${does} ${took}${open}`,
    status: accepts > 0 ? 'warning' : 'ok',
    permission,
    label: 'Request',
    href: requestHref(frame, asked),
  };
}

/** The Region of which something is to be done first: the one that fails, else the writer. */
export function regionInQuestion({ situation }: Frame, wanted: string | undefined): string {
  const { outlook, topology } = situation;
  const { regions } = outlook.environment;
  const failing = worstRegion(situation, 'failing')?.region;
  const suspect = worstRegion(situation, 'suspect')?.region;
  const chosen = wanted !== undefined && regions.includes(wanted) ? wanted : undefined;
  return chosen ?? failing ?? suspect ?? topology.writer ?? regions[0] ?? '';
}

/** The first in that state; one that came back fenced is down by our own doing, so any other comes first. */
export function worstRegion(
  { outlook, detection }: Frame['situation'],
  wanted: RegionDetection['state'],
): RegionDetection | undefined {
  const found = detection?.regions.filter(({ state }) => state === wanted) ?? [];
  return found.find(({ region }) => !awaitsRebuild(outlook, region)) ?? found[0];
}

/** Whether anything of the Region was ever seen. */
export function isObserved({ situation: { outlook } }: Frame, region: string): boolean {
  const facts = factsOf(outlook.facts, region);
  return [facts.identity, facts.database, facts.traffic, facts.nodes].some(
    ({ observedAt }) => observedAt !== null,
  );
}

/**
 * The way to the decision, while a Region is in trouble that somebody can do something about and nothing runs that does; while
 * a run has left orders refused, the way to it, unless the writer that it has shut is itself in a Region in trouble.
 */
export function decideLink(frame: Frame): RecoveryModel['decide'] {
  const { here, situation } = frame;
  const { outlook, topology } = situation;
  const { holder, left } = outlook.facts;
  const troubled = worstRegion(situation, 'failing') ?? worstRegion(situation, 'suspect');
  const isLost = troubled && !awaitsRebuild(outlook, troubled.region) && left?.shut.includes(troubled.region);
  const refused = isLost ? null : refusedOrders(outlook);
  if (refused && holder === null)
    return {
      label: `Put ${refused.operation} back`,
      href: routes.operation(refused.operation, here),
      permission: { allowed: true },
    };
  if (!troubled || awaitsRebuild(outlook, troubled.region)) return null;
  const { region } = troubled;
  if (holder?.leaves === region) return null;
  if (topology.writer !== region && !tryPlan(frame, { kind: 'evacuate', params: { region } }).ok) return null;
  return {
    label: `Decide about ${region}`,
    href: routes.decide({ ...here, lost: region }),
    permission: { allowed: true },
  };
}
