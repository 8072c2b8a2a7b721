import type { EvacuateParams } from '#lib/domain/recovery/params.ts';
import {
  type Keys,
  keysOf,
  type Layout,
  layoutOf,
  othersOf,
  type Planned,
  type PlannedDatabase,
  type PlanningFacts,
  refuse,
  type Steps,
  servingWith,
  servingWithout,
  toPlan,
} from '../planning.ts';
import { regionTopology } from '../topology.ts';
import { proving } from './proves.ts';
import { isWhole } from './rebuild.ts';
import { together } from './step.ts';
import { trafficSteps } from './traffic.ts';

/**
 * Sends the readers of a Region elsewhere by the switches in its peers' buckets (aws-facts 2.5, Evacuate): data planes alone,
 * so it works with Route 53's control plane gone. No database is touched.
 */
export function planEvacuate(facts: PlanningFacts, { region }: EvacuateParams): Planned {
  const refusal = whyNotEvacuate(facts, region);
  if (refusal) return refusal;
  return toPlan(
    facts,
    'evacuate',
    `Evacuate ${region}: its readers go elsewhere`,
    withProof(evacuateSteps(facts, region)),
  );
}

/** Lets the readers back once the Region is fit for them. */
export function planReturn(facts: PlanningFacts, { region }: EvacuateParams): Planned {
  const { topology } = facts;
  const notHere = whyNotSwitch(facts, region);
  if (notHere) return notHere;
  if (!regionTopology(topology, region).switchedOff)
    return refuse('not-off', `${region} is not switched off: there is nobody to let back.`);
  if (topology.writer === null)
    return refuse(
      'no-writer',
      'No single Region is known to take the orders; see to that before readers come back.',
    );
  const layout = layoutOf(facts, topology.writer);
  const database = layout.databases[region];
  if (!database || !isWhole(facts, layout, region))
    return refuse(
      'not-whole',
      `${region} has no copy of the writer's data that replicates. Rebuild it first.`,
    );
  return toPlan(
    facts,
    'return',
    `Return: readers come back to ${region}`,
    withProof(returnSteps(facts, { layout, database }, keysOf())),
  );
}

function withProof({ steps, compensation }: Steps): Steps {
  return { steps: proving(steps), compensation };
}

export function whyNotEvacuate(facts: PlanningFacts, region: string): Planned | undefined {
  const { topology, environment } = facts;
  const notHere = whyNotSwitch(facts, region);
  if (notHere) return notHere;
  if (topology.writer === region) {
    return refuse(
      'is-writer',
      `Orders are written in ${region}: sent away from it, readers would still order there. Move the writer by a switchover, or by a failover if ${region} is lost.`,
    );
  }
  if (regionTopology(topology, region).switchedOff)
    return refuse('already-off', `${region} is switched off already.`);
  const kept = environment.regions.filter(
    (code) => code !== region && !regionTopology(topology, code).switchedOff,
  );
  if (kept.length === 0)
    return refuse(
      'last-region',
      `No other Region is left to serve the readers of ${region} (aws-facts R-06).`,
    );
  return undefined;
}

function whyNotSwitch({ environment, topology }: PlanningFacts, region: string): Planned | undefined {
  if (!environment.regions.includes(region))
    return refuse('not-here', `${region} is not a Region of ${environment.name}.`);
  if (regionTopology(topology, region).switchIn.length === 0) {
    return refuse(
      'switch-not-prepared',
      `No switch is prepared for ${region}. Prepare one, or drain ${region} by a traffic shift while Route 53's control plane answers.`,
    );
  }
  return undefined;
}

export function evacuateSteps(facts: PlanningFacts, region: string, keys: Keys = keysOf()): Steps {
  const traffic = trafficSteps(facts, keys);
  const { shares, serving: receivers } = servingWithout(facts, region);
  return {
    steps: [
      ...together(
        keys('nodes'),
        receivers.map((code) => traffic.prescale(code, shares[code] ?? 0)),
      ),
      traffic.turn(region, 'off'),
      traffic.awaitDns(region, false),
      traffic.verifyReads({
        regions: receivers,
        since: keys('await-dns', region),
        empty: region,
        onFailure: 'revert',
        clock: 'reads',
      }),
    ],
    compensation: [
      traffic.turn(region, 'on'),
      ...receivers.map((code) => traffic.release(code, keys('prescale', code))),
    ],
  };
}

export function returnSteps(
  facts: PlanningFacts,
  { layout, database }: { layout: Layout; database: PlannedDatabase },
  keys: Keys,
): Steps {
  const traffic = trafficSteps(facts, keys);
  const { region } = database.place;
  const { shares, serving } = servingWith(facts, region);
  const writer = region === layout.writer ? null : (layout.databases[layout.writer]?.place ?? null);
  const [from = region] = othersOf(facts, region);
  return {
    steps: [
      traffic.checkRegion(database.place, from, writer),
      traffic.capacity(region, shares[region] ?? 0),
      traffic.turn(region, 'on'),
      traffic.awaitDns(region, true),
      traffic.verifyReads({
        regions: serving,
        since: keys('await-dns', region),
        onFailure: 'revert',
        clock: 'reads',
      }),
    ],
    compensation: [traffic.turn(region, 'off'), traffic.release(region, keys('capacity', region))],
  };
}
