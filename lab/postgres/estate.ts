import { copyDirectory } from './files.ts';
import type { Fleet } from './fleet.ts';
import { directoryOf } from './instance.ts';
import { estateResourceId, type ServerRecord, type SourceRecord, slotName } from './records.ts';
import { becomeStandby, ensureSlot } from './seeding.ts';
import { sweepOrphan } from './server.ts';

/**
 * The estate's databases as on its first day: copies of the template, the replicas of them already in step with the
 * primary. Only later replicas are copied over a link.
 */
export async function seedEstate(fleet: Fleet, template: string): Promise<void> {
  const { ctx, root } = fleet.workshop;
  const source = estatePrimary(fleet);
  const made = await Promise.all(
    ctx.estate.regions.map(async ({ code, database }) => {
      const resourceId = estateResourceId(code, database.instanceId);
      await copyDirectory(template, directoryOf(root, { resourceId }));
      const record: ServerRecord = {
        resourceId,
        id: database.instanceId,
        region: code,
        role: database.role,
        parameters: {},
        open: true,
        stopped: false,
        seeding: false,
        createdAt: ctx.clock.now(),
      };
      if (database.role === 'primary') return fleet.add(record);
      return fleet.add({ ...record, source, slot: slotName(code, resourceId) });
    }),
  );
  const primary = fleet.get(source.resourceId);
  await fleet.start(primary);
  await Promise.all(
    made.map(async (instance) => {
      if (!instance.record.slot) return;
      await ensureSlot(primary, instance.record.slot);
      becomeStandby(fleet.workshop, instance);
      await fleet.start(instance);
    }),
  );
}

function estatePrimary({ workshop }: Fleet): SourceRecord {
  const home = workshop.ctx.estate.regions.find(({ database }) => database.role === 'primary');
  if (!home)
    throw new Error('The estate has no Region whose database has the role primary. Give one that role.');
  const id = home.database.instanceId;
  return { resourceId: estateResourceId(home.code, id), id, region: home.code };
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
