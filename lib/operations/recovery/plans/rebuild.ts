import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { RebuildParams } from '#lib/domain/recovery/params.ts';
import {
  type Keys,
  keysOf,
  type Layout,
  layoutOf,
  type Planned,
  type PlannedDatabase,
  type PlanningFacts,
  refuse,
  requireRegion,
  toPlan,
  withDatabase,
} from '../planning.ts';
import { regionTopology } from '../topology.ts';
import { copySteps } from './copies.ts';
import { summaryOf } from './failover.ts';
import { oldPrimarySteps } from './old-primary.ts';
import { trafficSteps } from './traffic.ts';
import { writeSteps } from './writes.ts';

/**
 * Makes a Region a copy of the present writer (aws-facts 2.6, steps 2 and 3). An old primary that stands there is shut,
 * kept, renamed and read for what only it has; a copy of something else is replaced, read as well, and deleted last. There is
 * no way back to offer: what it makes serves nobody until it replicates, and an old primary is never opened again.
 */
export function planRebuild(facts: PlanningFacts, { region }: RebuildParams): Planned {
  const { writer } = facts.topology;
  if (!facts.environment.regions.includes(region))
    return refuse('not-here', `${region} is not a Region of ${facts.environment.name}.`);
  if (writer === null)
    return refuse(
      'no-writer',
      'No single Region is known to take the orders: there is nothing to make a copy of.',
    );
  if (writer === region)
    return refuse('is-writer', `Orders are written in ${region}: it is what the others are copies of.`);
  const layout = layoutOf(facts, writer);
  if (isWhole(facts, layout, region))
    return refuse(
      'whole',
      `The database in ${region} replicates from ${writer}: there is nothing to rebuild.`,
    );
  const part = rebuildPart(facts, layout, { region, keys: keysOf(), clocks: true });
  if (!part.ok) return part;
  const steps = [...part.steps, ...part.last(part.after)];
  return toPlan(facts, 'rebuild', `Rebuild ${region} as a copy of ${writer}`, {
    steps: [...steps, summaryOf('summary', steps)],
    compensation: [],
  });
}

/** Whether the Region has a copy of the writer that replicates. */
export function isWhole(facts: PlanningFacts, { writer }: Layout, region: string): boolean {
  if (region === writer) return true;
  const { database } = regionTopology(facts.topology, region);
  const source = regionTopology(facts.topology, writer).database;
  return (
    database?.role === 'replica' &&
    database.sourceArn === source?.arn &&
    database.replication === 'replicating'
  );
}

export type RebuildPart =
  | {
      ok: true;
      steps: PlannedStep[];
      /** What may be done at the very end, in the layout of then: a copy that was replaced is deleted for good. */
      last: (then: Layout) => PlannedStep[];
      after: Layout;
    }
  | Extract<Planned, { ok: false }>;

export function rebuildPart(
  facts: PlanningFacts,
  layout: Layout,
  { region, keys, clocks }: { region: string; keys: Keys; clocks: boolean },
): RebuildPart {
  const source = layout.databases[layout.writer];
  if (!source)
    return {
      ok: false,
      code: 'unseen',
      message: `The database in ${layout.writer} was never seen; there is nothing to copy.`,
    };
  const onCopies = copySteps(keys);
  const traffic = trafficSteps(facts, keys);
  const old = regionTopology(facts.topology, region).database;
  const standing = layout.databases[region];
  const wanted = standing ?? unseenDatabase(facts, region, source);
  const made = { createdBy: keys('create-replica', region) };
  const isPrimary = old?.role === 'primary';
  const steps = [
    ...(standing && isPrimary ? oldPrimary(facts, { standing, source, keys }) : []),
    onCopies.createReplica(wanted, source.place),
    onCopies.parity(wanted, { instance: made, deletionProtection: false }),
    ...(isPrimary ? [] : [writeSteps(facts, keys).pointAt(region, source.place, 'must')]),
    traffic.checkRegion({ region, instance: made }, layout.writer, source.place),
    onCopies.verifyRedundancy(source.place, [region], clocks ? 'redundancy' : undefined),
  ];
  const last = (then: Layout) => {
    const writer = then.databases[then.writer];
    if (!standing || isPrimary || !writer) return [];
    const compare = { writer: writer.place, since: leftAt(facts, layout, region) };
    return [onCopies.deleteReplica(standing.place, { replacedBy: made.createdBy, compare })];
  };
  const known: Layout = { ...layout, databases: { ...layout.databases, [region]: wanted } };
  return { ok: true, steps, last, after: withDatabase(known, region, made) };
}

/**
 * From when on a copy may have orders that the writer lacks: the last failover, if it followed somebody else. One that
 * follows the present writer by its ARN should have none; an ARN is a name that another database may have had before, so its
 * last day is looked at.
 */
function leftAt({ topology }: PlanningFacts, { writer }: Layout, region: string): string | null {
  const { database } = regionTopology(topology, region);
  const source = regionTopology(topology, writer).database;
  return database?.sourceArn === source?.arn ? null : topology.divergedAt;
}

/** Nobody orders there any more, nothing is lost, its name is free, and what only it has is listed. */
function oldPrimary(
  facts: PlanningFacts,
  { standing, source, keys }: { standing: PlannedDatabase; source: PlannedDatabase; keys: Keys },
): PlannedStep[] {
  const onOldPrimary = oldPrimarySteps(keys);
  const { region } = standing.place;
  return [
    writeSteps(facts, keys).pointAt(region, source.place, 'must'),
    onOldPrimary.fence(standing, 'must'),
    onOldPrimary.snapshot(standing),
    onOldPrimary.retire(standing),
    onOldPrimary.salvage(region, source.place, facts.topology.divergedAt),
  ];
}

/** What the estate declares, where no database is left to take it from; of keys only a multi-Region one is known elsewhere. */
function unseenDatabase({ estate }: PlanningFacts, region: string, source: PlannedDatabase): PlannedDatabase {
  const { database } = requireRegion(estate, region);
  const key = source.kmsKeyId?.includes(':key/mrk-') ? source.kmsKeyId : undefined;
  return {
    place: { region, instance: { instanceId: database.instanceId } },
    declaredId: database.instanceId,
    class: database.class,
    storageGiB: source.storageGiB,
    multiAz: database.multiAz,
    kmsKeyId: key?.replace(source.place.region, region) ?? null,
    securityGroupIds: [],
    parameterGroup: source.parameterGroup,
    backupRetentionDays: source.backupRetentionDays,
  };
}
