import type { Estate } from '#lib/domain/estate/estate.ts';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import type { Plan } from '#lib/domain/operation/plan.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import { currentDatabase } from '#lib/domain/recovery/topology.ts';
import { planRecovery, recoveryTopology } from '#lib/operations/recovery/plan.ts';
import { planRecoveryRevert } from '#lib/operations/recovery/plans/revert.ts';
import type { RecoveryTopology } from '#lib/operations/recovery/topology.ts';
import { planShift } from '#lib/operations/traffic-shift/plan.ts';
import { targetsOf } from '#lib/operations/traffic-shift/records.ts';
import { listLaterRuns, readLeftRun } from '#lib/services/operations/left-runs.ts';
import {
  databaseOf,
  EU,
  homeWeights,
  meshed,
  outlook,
  seen,
  switchedZone,
  US,
  without,
} from '#test/recovery-facts.ts';
import { environmentOf } from '#test/seed-estate.ts';
import type { TestDatabase } from '../harness.ts';
import { quickEstate } from './quick-estate.ts';
import type { ShopConfig } from './shops.ts';
import { SimulatedEstate } from './simulated-estate.ts';

/** What the simulated estate begins with: the very databases that plans are made from, and one setting to be mended. */
function firstDatabases(estate: Estate): DatabaseObservation[] {
  return estate.regions.map((region) => databaseOf(region, { deletionProtection: region.code !== EU }));
}

export function simulatedEstate(): SimulatedEstate {
  const estate = quickEstate();
  const configs = Object.fromEntries(
    estate.regions.map(({ code }): [string, ShopConfig] => [
      code,
      { writerEndpoint: US, writeFreeze: false },
    ]),
  );
  return new SimulatedEstate({ estate, databases: firstDatabases(estate), configs });
}

export interface PlanChanges {
  /** A Region that is seen no more when the plan is made. */
  silent?: string;
  /** A Region that is switched off then. */
  switchedOff?: string;
  /** The database of each Region, where it is not as the estate begins. */
  stands?: (code: string) => DatabaseObservation | null;
  topology?: Partial<RecoveryTopology>;
}

/** The product's own plan, from the facts of a whole estate with its switches prepared. */
function recoveryPlan(kind: RecoveryKind, params: unknown, changes: PlanChanges = {}): Plan {
  const estate = quickEstate();
  const whole = outlook(meshed(estate), { zone: seen(switchedZone(estate)) }, estate);
  const facts = changes.silent ? without(changes.silent, whole) : whole;
  const { stands } = changes;
  const seenThen = recoveryTopology(facts, { writesEndedAt: null, divergedAt: null });
  const regions = seenThen.regions.map((region) => ({
    ...region,
    ...(stands ? { database: stands(region.code) } : {}),
    switchedOff: region.switchedOff || region.code === changes.switchedOff,
  }));
  const topology = { ...seenThen, regions, ...changes.topology };
  const environment = environmentOf(estate);
  const answer = planRecovery(kind, params, { estate, environment, topology, evaluation: [], target: EU });
  if (!answer.ok) throw new Error(`There is no plan: ${answer.message}`);
  return answer.plan;
}

export function failoverPlan({ lost = US, target = EU, acceptSeconds = 3_600 } = {}): Plan {
  const accept = { seconds: acceptSeconds, bytes: null, measuredAt: new Date().toISOString() };
  return recoveryPlan('failover', { lost, target, accept }, { silent: lost });
}

/** Of a Region by what stands in the estate now, with Ireland the writer; `divergedAt` as the console has it of the failover. */
export function rebuildPlan(estate: SimulatedEstate, region: string, divergedAt: string): Plan {
  const stands = standingIn(estate);
  return recoveryPlan('rebuild', { region }, { stands, topology: { writer: EU, divergedAt } });
}

/** The database of each Region as it stands in the estate at this moment. */
function standingIn({ databases }: SimulatedEstate): (code: string) => DatabaseObservation | null {
  return (code) => {
    const instances = databases.in(code).map(({ seen: now }) => structuredClone(now));
    return currentDatabase(instances, `ecommerce-db-${code}`) ?? null;
  };
}

export function switchoverPlan(target = EU): Plan {
  return recoveryPlan('switchover', { target });
}

/** Back to a Region whose old primary is shut and whose readers were sent away, with Ireland the writer. */
export function failbackPlan(estate: SimulatedEstate, target: string, divergedAt: string): Plan {
  const topology = { writer: EU, divergedAt };
  return recoveryPlan('failback', { target }, { stands: standingIn(estate), switchedOff: target, topology });
}

/** Of a Region that is lost, while another one may be switched off. */
export function evacuatePlan(region: string, switchedOff?: string): Plan {
  return recoveryPlan(
    'evacuate',
    { region },
    { silent: region, ...(switchedOff === undefined ? {} : { switchedOff }) },
  );
}

/** A tenth of North America to Ireland, at once. */
export function shiftPlan({ readers }: SimulatedEstate): Plan {
  const estate = quickEstate();
  const { weights: from, recordWeights: liveWeights } = homeWeights(estate);
  const to = { ...from, na: { ...from.na, [US]: 90, [EU]: 10 } };
  return planShift({
    kind: 'traffic-shift',
    estate,
    environment: environmentOf(estate),
    title: 'A tenth to Ireland',
    from,
    liveWeights,
    targets: targetsOf(estate, ['na'], readers.records),
    to,
    ramp: { kind: 'immediate' },
    receivers: [EU],
  });
}

/** What puts back what that run has left, as the verb plans it from what is on record. */
export async function revertPlan({ database }: TestDatabase, id: string): Promise<Plan> {
  const environment = environmentOf(quickEstate());
  const { left, endedAt } = await readLeftRun(database, id);
  const later = await listLaterRuns(database, { id, environment: environment.name, endedAt });
  const answer = planRecoveryRevert({ environment, left, later });
  if (!answer.ok) throw new Error(`There is no plan: ${answer.message}`);
  return answer.plan;
}
