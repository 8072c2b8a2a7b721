import type { Estate } from '#lib/domain/estate/estate.ts';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import type { Plan } from '#lib/domain/operation/plan.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import { currentDatabase } from '#lib/domain/recovery/topology.ts';
import { planRecovery, recoveryTopology } from '#lib/operations/recovery/plan.ts';
import type { RecoveryTopology } from '#lib/operations/recovery/topology.ts';
import { databaseOf, EU, meshed, outlook, seen, switchedZone, US, without } from '#test/recovery-facts.ts';
import { environmentOf } from '#test/seed-estate.ts';
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
  const first = recoveryTopology(facts, { writesEndedAt: null, divergedAt: null });
  const regions = first.regions.map((known) => (stands ? { ...known, database: stands(known.code) } : known));
  const topology = { ...first, regions, ...changes.topology };
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
export function rebuildPlan({ databases }: SimulatedEstate, region: string, divergedAt: string): Plan {
  const stands = (code: string) => {
    const instances = databases.in(code).map(({ seen: now }) => structuredClone(now));
    return currentDatabase(instances, `ecommerce-db-${code}`) ?? null;
  };
  return recoveryPlan('rebuild', { region }, { stands, topology: { writer: EU, divergedAt } });
}

export function switchoverPlan(target = EU): Plan {
  return recoveryPlan('switchover', { target });
}
