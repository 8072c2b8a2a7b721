import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { FailbackParams } from '#lib/domain/recovery/params.ts';
import {
  type Keys,
  keysOf,
  type Layout,
  layoutOf,
  type Planned,
  type PlanningFacts,
  refuse,
  servingWith,
  toPlan,
} from '../planning.ts';
import { regionTopology } from '../topology.ts';
import { leftBesideDatabase } from './beside-database.ts';
import { returnSteps } from './evacuate.ts';
import { summaryOf } from './failover.ts';
import { proving } from './proves.ts';
import { isWhole, type RebuildPart, rebuildPart } from './rebuild.ts';
import { makeStep } from './step.ts';
import { switchoverPart } from './switchover.ts';
import { trafficSteps } from './traffic.ts';

/**
 * The writer back to a Region (aws-facts 2.6): a copy there again where it has none, its readers back where they were sent
 * away, and once both have stood for a while, a switchover. Never starts by itself. Can be put back until its promotion.
 */
export function planFailback(facts: PlanningFacts, { target }: FailbackParams): Planned {
  const { environment, topology } = facts;
  const { writer } = topology;
  if (!environment.regions.includes(target))
    return refuse('not-here', `${target} is not a Region of ${environment.name}.`);
  if (writer === null)
    return refuse('no-writer', 'No single Region is known to take the orders. See to that first.');
  if (writer === target) return refuse('already-writer', `Orders are written in ${target} already.`);
  const start = layoutOf(facts, writer);
  const rebuilt: RebuildPart = isWhole(facts, start, target)
    ? { ok: true, steps: [], last: () => [], after: start }
    : rebuildPart(facts, start, { region: target, keys: keysOf('rebuild'), clocks: false });
  if (!rebuilt.ok) return rebuilt;
  const back = readersBack(facts, rebuilt.after, target);
  // By then its readers are back: the switchover is planned as from there.
  const moved = switchoverPart(withReaders(facts, target), rebuilt.after, { target });
  if (!moved.ok) return moved;
  const steps = [
    ...proving(rebuilt.steps, 'rebuild'),
    ...proving(back.steps, 'return'),
    ...soak(facts, target),
    ...proving(moved.steps),
    ...proving(rebuilt.last(moved.after), 'rebuild'),
  ];
  return toPlan(facts, 'failback', `Failback: ${target} takes the orders again`, {
    steps: [...steps, summaryOf('summary', steps, leftBesideDatabase(facts, target))],
    compensation: [...moved.compensation, ...back.compensation],
  });
}

function readersBack(facts: PlanningFacts, layout: Layout, target: string) {
  const database = layout.databases[target];
  if (!database || !regionTopology(facts.topology, target).switchedOff)
    return { steps: [], compensation: [] };
  const keys: Keys = keysOf('return');
  const { steps, compensation } = returnSteps(facts, { layout, database }, keys);
  return { steps: steps.map(withoutClock), compensation };
}

/** The clocks of the whole are those of its switchover. */
function withoutClock({ clock: _, ...step }: PlannedStep): PlannedStep {
  return step;
}

/** The declared dwell with everybody back, then the verdict: what was repaired an hour ago may not stand yet. */
function soak(facts: PlanningFacts, target: string): PlannedStep[] {
  const keys = keysOf('soak');
  const { serving } = servingWith(facts, target);
  const dwell = makeStep(
    { key: keys('dwell'), title: `${target} stands for a while`, action: 'traffic.dwell' },
    {
      input: {
        seconds: facts.estate.traffic.dwellMinutes * 60,
        minimumRealSeconds: 2 * facts.estate.dns.ttlSeconds,
      },
      deadlineSeconds: 60,
      precondition: 'Its copy replicates and its readers are back.',
      postcondition: 'The declared dwell has passed.',
    },
  );
  if (serving.length === 0) return [dwell];
  return [
    dwell,
    trafficSteps(facts, keys).verifyReads({ regions: serving, since: keys('dwell'), onFailure: 'revert' }),
  ];
}

function withReaders(facts: PlanningFacts, target: string): PlanningFacts {
  const regions = facts.topology.regions.map((region) =>
    region.code === target ? { ...region, switchedOff: false } : region,
  );
  return { ...facts, topology: { ...facts.topology, regions } };
}
