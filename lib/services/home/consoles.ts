import type { ConsolePlace } from '#lib/domain/recovery/home.ts';
import type { Database } from '../../data/database.ts';

/** Between two beats of a console. */
export const CONSOLE_BEAT_MS = 5_000;
/** Three beats missed: nobody can be sent there any more. */
const SILENT_SECONDS = 15;

export interface StandingConsole extends ConsolePlace {
  /** Of this process, and of no later one. */
  id: string;
}

/** Says that this console serves people, and where. What was left by those that ended without a word is cleared away. */
export async function announceConsole(
  { pool }: Pick<Database, 'pool'>,
  { id, region, url }: StandingConsole,
): Promise<void> {
  await pool.query({
    name: 'console-beat',
    text: `insert into console (id, region, url) values ($1, $2, $3)
           on conflict (id) do update
           set region = excluded.region, url = excluded.url, heartbeat_at = clock_timestamp()`,
    values: [id, region, url],
  });
  await pool.query({
    name: 'console-clear',
    text: `delete from console where heartbeat_at < clock_timestamp() - interval '1 hour'`,
  });
}

/** Says that it stops. */
export async function withdrawConsole({ pool }: Pick<Database, 'pool'>, id: string): Promise<void> {
  await pool.query('delete from console where id = $1', [id]);
}

/** The consoles that are alive, one for each place. */
export async function listConsoles({ pool }: Pick<Database, 'pool'>): Promise<ConsolePlace[]> {
  const { rows } = await pool.query<ConsolePlace>({
    name: 'consoles-alive',
    text: `select distinct region, url from console
            where heartbeat_at > clock_timestamp() - make_interval(secs => $1)
            order by region, url nulls last`,
    values: [SILENT_SECONDS],
  });
  return rows;
}
