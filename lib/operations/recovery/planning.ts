import { nodesNeeded } from '#lib/domain/capacity/capacity.ts';
import { type Environment, type Estate, findRegion, type Region } from '#lib/domain/estate/estate.ts';
import type { OperationKind } from '#lib/domain/operation/kind.ts';
import type { Plan, PlannedStep } from '#lib/domain/operation/plan.ts';
import { answered } from '#lib/domain/traffic/answers.ts';
import { plannedShares } from '#lib/domain/traffic/solve.ts';
import { globalShares } from '#lib/domain/traffic/weights.ts';
import type { InstanceRef, Place } from './input.ts';
import { type RecoveryTopology, regionTopology } from './topology.ts';

/** What every planner is given. */
export interface PlanningFacts {
  estate: Estate;
  environment: Environment;
  topology: RecoveryTopology;
}

/** A plan, or why there is none: `message` says what to do instead. */
export type Planned = { ok: true; plan: Plan } | { ok: false; code: string; message: string };

export function refuse(code: string, message: string): Planned {
  return { ok: false, code, message };
}

/** Steps of a plan, or of a part of one. */
export interface Steps {
  steps: PlannedStep[];
  compensation: PlannedStep[];
}

export function toPlan(
  { environment }: PlanningFacts,
  kind: OperationKind,
  title: string,
  steps: Steps,
): Planned {
  return { ok: true, plan: { version: 1, kind, environment: environment.name, title, ...steps } };
}

/** Backups of a database that keeps none yet: RDS' own default is one day (aws-facts 2.10). */
const BACKUP_DAYS = 7;

/** A database as a plan knows it: as it was seen, or as an earlier step of the plan makes it. */
export interface PlannedDatabase {
  place: Place;
  /** What the estate calls the Region's database. */
  declaredId: string;
  class: string;
  /** What a copy of it has to bring across; 0 where it is not known. */
  storageGiB: number;
  /** As a copy; a writer gets that of the writer before it. */
  multiAz: boolean;
  kmsKeyId: string | null;
  securityGroupIds: string[];
  /** Null where it has RDS' own default group, which cannot be changed. */
  parameterGroup: string | null;
  backupRetentionDays: number;
}

/** Which Region writes, and what stands in each, at one point of a plan. */
export interface Layout {
  writer: string;
  databases: Readonly<Record<string, PlannedDatabase>>;
  /** What a writer has that a copy may not. */
  writerMultiAz: boolean;
}

export function layoutOf(facts: PlanningFacts, writer: string): Layout {
  const databases: Record<string, PlannedDatabase> = {};
  for (const code of facts.environment.regions) {
    const planned = plannedDatabase(facts, code);
    if (planned) databases[code] = planned;
  }
  const seen = regionTopology(facts.topology, writer).database;
  const writerMultiAz = seen?.multiAz ?? requireRegion(facts.estate, writer).database.multiAz;
  return { writer, databases, writerMultiAz };
}

function plannedDatabase({ estate, topology }: PlanningFacts, code: string): PlannedDatabase | undefined {
  const { database } = regionTopology(topology, code);
  if (!database) return undefined;
  const declared = requireRegion(estate, code).database;
  return {
    place: { region: code, instance: { instanceId: database.instanceId } },
    declaredId: declared.instanceId,
    class: database.class,
    storageGiB: database.storageGiB,
    multiAz: declared.multiAz,
    kmsKeyId: database.kmsKeyId,
    securityGroupIds: [...database.securityGroupIds],
    parameterGroup: database.parameterGroup?.startsWith('default.') ? null : database.parameterGroup,
    backupRetentionDays: database.backupRetentionDays > 0 ? database.backupRetentionDays : BACKUP_DAYS,
  };
}

/** The same layout once a step has made that Region's database anew. */
export function withDatabase(layout: Layout, region: string, instance: InstanceRef): Layout {
  const before = layout.databases[region];
  if (!before) return layout;
  const made: PlannedDatabase = { ...before, place: { region, instance } };
  return { ...layout, databases: { ...layout.databases, [region]: made } };
}

/** The Region as declared. Throws for a code that the estate does not have: parameters are checked before. */
export function requireRegion(estate: Estate, code: string): Region {
  const region = findRegion(estate, code);
  if (!region) throw new Error(`The estate has no Region ${code}.`);
  return region;
}

export function othersOf({ environment }: PlanningFacts, ...without: string[]): string[] {
  return environment.regions.filter((code) => !without.includes(code));
}

/** Regions whose buckets have this one's switch; none where it was never prepared. */
export function switchesOf({ topology }: PlanningFacts, code: string): string[] {
  return [...regionTopology(topology, code).switchIn];
}

/** Whether a Region may reach another: only a path that is missing for sure is none. */
export function hasPath(topology: RecoveryTopology, from: string, to: string): boolean {
  return from === to || !regionTopology(topology, from).noPathTo.includes(to);
}

/** Geographies of which a Region has users by the weights. */
export function geographiesServedBy({ topology }: PlanningFacts, code: string): string[] {
  return Object.keys(topology.weights).filter((key) => (topology.weights[key]?.[code] ?? 0) > 0);
}

/** Share of all traffic by Region, 0–1, when these answer no more and nobody edits a record. */
function sharesWithout(
  { estate, environment, topology }: PlanningFacts,
  ...out: string[]
): Record<string, number> {
  const { regions } = environment;
  return globalShares(answered(topology.weights, regions, out), plannedShares(estate), regions);
}

export interface Serving {
  shares: Record<string, number>;
  /** Regions with a part of it. */
  serving: string[];
}

/** Who serves when that Region does not, and neither do those that are switched off. */
export function servingWithout(facts: PlanningFacts, ...out: string[]): Serving {
  const off = facts.topology.regions.filter(({ switchedOff }) => switchedOff).map(({ code }) => code);
  const shares = sharesWithout(facts, ...out, ...off);
  return { shares, serving: facts.environment.regions.filter((code) => (shares[code] ?? 0) > 0) };
}

/** Who serves with that Region back, whatever its switches say now. */
export function servingWith(facts: PlanningFacts, region: string): Serving {
  const regions = facts.topology.regions.map((one) =>
    one.code === region ? { ...one, switchedOff: false } : one,
  );
  return servingWithout({ ...facts, topology: { ...facts.topology, regions } });
}

/** Nodes that carry that share of the load. */
export function nodesFor({ estate, topology }: PlanningFacts, share: number): number {
  return nodesNeeded(share * topology.requestsPerSecond, estate.capacity.requestsPerSecondPerNode);
}

/** Shares enter the digest: four places are enough and the same on every machine. */
export function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}

/** Keys of one part of a plan: `promote-eu-west-1`, or `rebuild-promote-eu-west-1` in a part named so. */
export type Keys = (verb: string, ...regions: string[]) => string;

export function keysOf(part = ''): Keys {
  return (verb, ...regions) => [part, verb, ...regions].filter(Boolean).join('-');
}
