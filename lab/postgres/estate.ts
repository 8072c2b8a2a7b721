import { type DeclaredDatabase, declaredDatabases } from '#lib/domain/estate/environments.ts';
import { copyDirectory } from './files.ts';
import type { Fleet } from './fleet.ts';
import { directoryOf, type Instance } from './instance.ts';
import { estateResourceId, type ServerRecord, slotName } from './records.ts';
import { becomeStandby, ensureSlot } from './seeding.ts';
import { sweepOrphan } from './server.ts';

/**
 * The databases of every environment that has none yet, as on its first day: copies of the template, the replicas of them
 * already in step with the primary. Only later replicas are copied over a link.
 */
export async function seedEstate(fleet: Fleet, template: string): Promise<void> {
  const declared = Map.groupBy(
    declaredDatabases(fleet.workshop.ctx.estate),
    ({ environment }) => environment,
  );
  const present = new Set(fleet.records.list().map((record) => environmentOf(fleet, record)));
  const missing = [...declared].filter(([environment]) => !present.has(environment));
  await Promise.all(missing.map(([, databases]) => seedEnvironment(fleet, template, databases)));
}

function environmentOf({ workshop }: Fleet, { environment }: ServerRecord): string | undefined {
  return environment ?? declaredDatabases(workshop.ctx.estate)[0]?.environment;
}

async function seedEnvironment(
  fleet: Fleet,
  template: string,
  databases: readonly DeclaredDatabase[],
): Promise<void> {
  const { ctx, root } = fleet.workshop;
  const primary = primaryAmong(databases);
  const made = await Promise.all(
    databases.map(async ({ environment, region: { code }, database }) => {
      const resourceId = estateResourceId(code, database.instanceId);
      await copyDirectory(template, directoryOf(root, { resourceId }));
      const record: ServerRecord = {
        resourceId,
        id: database.instanceId,
        region: code,
        environment,
        role: database.role,
        parameters: {},
        open: true,
        stopped: false,
        seeding: false,
        createdAt: ctx.clock.now(),
      };
      if (database.role === 'primary') return fleet.add(record);
      return fleet.add({ ...record, source: primary, slot: slotName(code, resourceId) });
    }),
  );
  const source = fleet.get(primary.resourceId);
  await fleet.start(source);
  await Promise.all(made.map((instance) => follow(fleet, instance, source)));
}

async function follow(fleet: Fleet, instance: Instance, source: Instance): Promise<void> {
  if (!instance.record.slot) return;
  await ensureSlot(source, instance.record.slot);
  becomeStandby(fleet.workshop, instance);
  await fleet.start(instance);
}

function primaryAmong(databases: readonly DeclaredDatabase[]) {
  const primary = databases.find(({ database }) => database.role === 'primary');
  if (!primary)
    throw new Error('The estate has no Region whose database has the role primary. Give one that role.');
  const { region, database } = primary;
  const id = database.instanceId;
  return { resourceId: estateResourceId(region.code, id), id, region: region.code };
}

/** Starts what the last run of the lab left, having ended servers that outlived it. */
export async function resumeEstate(fleet: Fleet): Promise<void> {
  const { ctx } = fleet.workshop;
  const known = await Promise.all(fleet.records.list().map(fleet.add));
  await Promise.all(
    known.map(async (instance) => {
      if (await sweepOrphan(instance.server.directory)) {
        ctx.log('postgres', `ended ${instance.record.id}, which an earlier lab had left running`);
      }
    }),
  );
  await Promise.all(known.map(fleet.tryStart));
}
