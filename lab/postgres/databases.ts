import path from 'node:path';
import { labCertificates } from '#lab/certificates/index.ts';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { Links } from '#lab/links/types.ts';
import { postgresBinaries } from '#launch/postgres/binaries.ts';
import { declaredDatabases } from '#lib/domain/estate/environments.ts';
import { obeyChaos } from './chaos.ts';
import { createControl } from './control.ts';
import { resumeEstate, seedEstate } from './estate.ts';
import { loadPasswords, prepareRoot } from './files.ts';
import { createFleet } from './fleet.ts';
import { startHeartbeats } from './heartbeats.ts';
import { endpointKey, type Workshop } from './instance.ts';
import { ensureTemplate } from './template.ts';
import { openTls } from './tls.ts';
import type { DatabaseControl } from './types.ts';
import { createViews } from './views.ts';

export interface DatabaseOptions {
  /**
   * Writes a row to `heartbeat` on every primary this often. Off by default: without shoppers an idle database must
   * show the growing ReplicaLag that RDS shows (aws-facts B-09).
   */
  heartbeatMs?: number;
}

/**
 * Starts the estate's databases: copies of the template when there are none yet, else those that the last run left.
 * Servers of a run that was killed are ended first.
 */
export async function createDatabases(
  ctx: LabContext,
  links: Links,
  options: DatabaseOptions = {},
): Promise<DatabaseControl & LabPart> {
  const binaries = await postgresBinaries();
  const root = path.join(ctx.dataDir, 'postgres');
  prepareRoot(root, binaries.identity);
  const passwords = loadPasswords(root);
  const template = await ensureTemplate({ root, binaries, passwords });
  const { database: certificate } = await labCertificates(ctx);
  const tls = await openTls({ root, binaries, template, certificate });
  if (!tls) ctx.log('postgres', 'these PostgreSQL binaries were built without OpenSSL: no TLS is offered');
  const workshop: Workshop = { ctx, links, root, binaries, passwords, tls };
  const fleet = createFleet(workshop);
  const control = createControl(fleet);

  await resumeEstate(fleet);
  await seedEstate(fleet, template);
  control.resumeSeeding();
  ctx.chaos.onChange((next, before) => obeyChaos(fleet, next, before));
  const stopHeartbeats = startHeartbeats(fleet, options.heartbeatMs);

  return {
    ...createViews(fleet),
    ...control,
    async reset() {
      await Promise.all([...fleet.instances.values()].map(fleet.discard));
      fleet.records.clear();
      forgetEndpoints(ctx);
      await seedEstate(fleet, template);
      fleet.changed();
    },
    async close() {
      fleet.retire();
      stopHeartbeats();
      const all = [...fleet.instances.values()];
      for (const { abandon } of all) abandon.abort(new Error('The lab is closing.'));
      // Replicas first: a primary that shuts down waits until its replicas have everything.
      for (const role of ['replica', 'primary'] as const) {
        await Promise.all(
          all.filter(({ record }) => record.role === role).map(({ server }) => server.stop()),
        );
      }
      await Promise.all(all.map(({ admin }) => admin.close()));
    },
  };
}

/** The estate's own instances are found again where they were; what later ones had is free. */
function forgetEndpoints({ state, estate }: LabContext): void {
  const endpoints = state.collection<number>('postgres-endpoints');
  const own = new Set(
    declaredDatabases(estate).map(({ region, database }) => endpointKey(region.code, database.instanceId)),
  );
  for (const [key] of endpoints.entries()) if (!own.has(key)) endpoints.delete(key);
}
