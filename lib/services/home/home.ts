import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Home } from '#lib/domain/recovery/home.ts';
import type { Database } from '../../data/database.ts';
import { sideBySide } from '../../data/pool.ts';
import { listConsoles } from './consoles.ts';

/** A worker that was not heard for so long is not counted on, s: as its peers declare it dead. */
const WORKER_SILENT_SECONDS = 10;

/** Where this console, its database and its workers stand. */
export async function readHome(source: { database: Pick<Database, 'pool'>; estate: Estate }): Promise<Home> {
  const { database, estate } = source;
  const [workers, consoles] = await sideBySide(
    () => listWorkers(database),
    () => listConsoles(database),
  );
  return {
    console: estate.console.homeRegion,
    database: estate.console.databaseRegion,
    consoles,
    workers,
  };
}

/** Regions of the workers that are alive, one for each. */
async function listWorkers(database: Pick<Database, 'pool'>): Promise<(string | null)[]> {
  const { rows } = await database.pool.query<{ region: string | null }>({
    name: 'workers-alive',
    text: `select region from worker
            where state = 'up' and heartbeat_at > clock_timestamp() - make_interval(secs => $1)
            order by region nulls last`,
    values: [WORKER_SILENT_SECONDS],
  });
  return rows.map(({ region }) => region);
}
