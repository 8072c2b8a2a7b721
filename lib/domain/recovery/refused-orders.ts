import { utcMinute } from '../time/utc.ts';
import { factsOf, type Outlook, type RecoveryRegionFacts } from './facts.ts';
import { begunSteps, type LeftOrders, type LeftRun, leftSteps } from './left-run.ts';
import { isShut } from './topology.ts';
import { listOf } from './words.ts';

const isFrozen = ({ shopConfig }: RecoveryRegionFacts) => shopConfig.value?.writeFreeze === true;
const isDatabaseShut = ({ database: { value } }: RecoveryRegionFacts) => value !== null && isShut(value);

/** Whether a Region is seen that lets nobody order: where none is, no run needs to be looked at for having left it so. */
export function keepsOrdersOut(regions: readonly RecoveryRegionFacts[]): boolean {
  return regions.some((region) => isFrozen(region) || isDatabaseShut(region));
}

/** Null where it has kept nobody from ordering, or has put that back. `since`: when the first such step began, by its key. */
export function leftOrdersOf(run: LeftRun, startedAt: ReadonlyMap<string, string>): LeftOrders | null {
  const left = leftSteps(run);
  const regionsOf = (name: string) =>
    left.flatMap(({ action, region }) => (action === name && region !== null ? [region] : []));
  const frozen = regionsOf('recovery.point-writer');
  const shut = regionsOf('recovery.unfence-database');
  const [since] = begunSteps(run)
    .filter(({ action }) => KEEPS_OUT.has(action))
    .flatMap(({ key }) => startedAt.get(key) ?? [])
    .sort();
  if (since === undefined || frozen.length + shut.length === 0) return null;
  return { operation: run.id, how: howStopped(run), since, frozen, shut };
}

const KEEPS_OUT: ReadonlySet<string> = new Set([
  'recovery.freeze-writes',
  'recovery.seal-writer',
  'recovery.fence-database',
]);

function howStopped(run: LeftRun): string {
  if (run.state === 'failed') return 'was ended with what it had changed not put back';
  const last = begunSteps(run).at(-1);
  const { steps } = run.plan;
  const next = last && steps[steps.indexOf(last) + 1];
  const passed = run.steps.find(({ key }) => key === last?.key)?.state;
  return next && (passed === 'done' || passed === 'skipped')
    ? `was superseded between “${last.title}” and “${next.title}”`
    : `was superseded in the middle of “${last?.title ?? 'its first step'}”`;
}

/**
 * Why nobody can order although the writer is well, and what ends it: said while it is seen that orders are frozen or the
 * database is shut, as the run has left them. Null where no run has, or it is not so any more.
 */
export function refusedOrders({
  facts,
  environment,
}: Outlook): { operation: string; message: string } | null {
  const { left, holder } = facts;
  if (!left) return null;
  const frozen = left.frozen.filter((code) => isFrozen(factsOf(facts, code)));
  const shut = left.shut.some((code) => isDatabaseShut(factsOf(facts, code)));
  if (frozen.length === 0 && !shut) return null;
  const whose = shut || frozen.length === environment.regions.length ? '' : ` of ${listOf(frozen)}`;
  const next =
    holder?.kind === 'recovery-revert' ? `${holder.id} is putting it back.` : `Put ${left.operation} back.`;
  return {
    operation: left.operation,
    message: `Orders${whose} are refused since ${utcMinute(left.since)}, because ${left.operation} ${left.how}. ${next}`,
  };
}
