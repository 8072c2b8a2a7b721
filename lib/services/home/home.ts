import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Home } from '#lib/domain/recovery/home.ts';
import type { Database } from '../../data/database.ts';
import { listConsoles } from './consoles.ts';

/** A worker that was not heard for so long is not counted on, s: as its peers declare it dead. */
const WORKER_SILENT_SECONDS = 10;

/** Where this console, its database and its workers stand. */
export async function readHome(source: { database: Pick<Database, 'pool'>; estate: Estate }): Promise<Home> {
  const { database, estate } = source;
  const { rows } = await database.pool.query<{ region: string | null }>({
    name: 'workers-alive',
    text: `select region from worker
            where state = 'up' and heartbeat_at > clock_timestamp() - make_interval(secs => $1)
            order by region nulls last`,
    values: [WORKER_SILENT_SECONDS],
  });
  return {
    console: estate.console.homeRegion,
    database: estate.console.databaseRegion,
    consoles: await listConsoles(database),
    workers: rows.map(({ region }) => region),
  };
}
