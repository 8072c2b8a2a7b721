import { withClient } from './client.ts';
import type { Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';
import { APPLICATION, DATABASE } from './schema.ts';

/** RDS' own agent commits on an idle primary this often, which is why ReplicaLag there climbs to five minutes only. */
const AGENT_COMMIT_MS = 300_000;

/** Starts the writers that do not depend on shoppers; the returned function ends them. */
export function startHeartbeats(fleet: Fleet, applicationBeatMs: number | undefined): () => void {
  const timers = [beatEvery(fleet, AGENT_COMMIT_MS, fleet.commitAsAgent)];
  if (applicationBeatMs)
    timers.push(beatEvery(fleet, applicationBeatMs, (primary) => beatOnce(fleet, primary)));
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

function beatEvery(fleet: Fleet, ms: number, beat: (primary: Instance) => Promise<void>): NodeJS.Timeout {
  const everyPrimary = () => {
    for (const instance of fleet.instances.values()) {
      if (instance.record.role !== 'primary' || fleet.stateOf(instance) !== 'running') continue;
      beat(instance).catch((error) =>
        fleet.workshop.ctx.log('postgres', 'a heartbeat failed', { error: String(error) }),
      );
    }
  };
  return setInterval(everyPrimary, ms).unref();
}

/** A row per writer Region, so that lag can be told from idleness. */
async function beatOnce({ workshop }: Fleet, { record, server }: Instance): Promise<void> {
  const password = workshop.passwords[APPLICATION];
  await withClient({ port: server.port, user: APPLICATION, password, database: DATABASE }, (client) =>
    client.query(
      'insert into heartbeat values ($1, now()) on conflict (region) do update set beat_at = excluded.beat_at',
      [record.region],
    ),
  );
}
