import * as client from '@aws-sdk/client-rds';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { DatabaseControl } from '#lab/postgres/types.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { createParameterApplier } from './apply-parameters.ts';
import { createDescriber } from './describe.ts';
import { learnEngine } from './engine.ts';
import { instanceHandlers } from './instance-handlers.ts';
import { createJobs } from './jobs.ts';
import { startDatabaseMetrics } from './metrics.ts';
import { modifyHandlers } from './modify-handlers.ts';
import { otherHandlers } from './other-handlers.ts';
import { parameterHandlers } from './parameter-handlers.ts';
import type { Rds } from './rds.ts';
import { replicaHandlers } from './replica-handlers.ts';
import { seedRecords } from './seed.ts';
import { createStore } from './store.ts';
import { tagHandlers } from './tags.ts';
import type { SecurityGroups } from './types.ts';

export type { SecurityGroups } from './types.ts';

export interface RunningRds {
  service: AwsService;
  part: LabPart;
  /** Whether an instance's security groups let in connections from that Region. */
  admits(resourceId: string, from: string): boolean;
}

/** RDS over the lab's real servers: what it says is read from them, what it is told is done to them. */
export async function createRds(
  ctx: LabContext,
  databases: DatabaseControl,
  { securityGroups: groups }: { securityGroups: SecurityGroups },
): Promise<RunningRds> {
  const store = createStore(ctx);
  const engine = await learnEngine(ctx, databases);
  const parameters = createParameterApplier(store, databases);
  const jobs = createJobs({ ctx, store, databases, parameters });
  const describer = createDescriber({ ctx, store, databases, engineVersion: engine.version });
  const parts: Rds = { ctx, store, databases, describer, jobs, parameters, engine, groups };
  const seed = () => seedRecords({ ctx, store, databases, groups, family: engine.family });

  seed();
  jobs.resume();
  const stopMetrics = startDatabaseMetrics({ ctx, store, databases, engineVersion: engine.version });

  /** The rules of a group may change while instances use it. */
  async function followGroups() {
    for (const { resourceId, region, securityGroupIds } of store.instances.list()) {
      const open = groups.allows(region, securityGroupIds, 5432);
      const server = databases.find(resourceId);
      if (server && server.open !== open) await databases.setOpen(resourceId, open);
    }
  }
  groups.onChange(() => {
    followGroups().catch((error) =>
      ctx.log('rds', 'a change of security groups was not applied', { error: String(error) }),
    );
  });
  await followGroups();

  return {
    service: defineService({
      module: client,
      clientName: 'RDSClient',
      handlers: {
        ...instanceHandlers(parts),
        ...replicaHandlers(parts),
        ...modifyHandlers(parts),
        ...parameterHandlers(parts),
        ...tagHandlers(parts),
        ...otherHandlers(parts),
      },
    }),
    admits(resourceId, from) {
      const record = store.instances.get(resourceId);
      return !record || groups.allows(record.region, record.securityGroupIds, 5432, from);
    },
    part: {
      async close() {
        jobs.cancelAll();
        await stopMetrics();
      },
      halt: jobs.cancelAll,
      async reset() {
        for (const collection of [store.instances, store.groups, store.snapshots, store.events])
          collection.clear();
        seed();
      },
    },
  };
}
