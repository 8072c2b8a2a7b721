import type { Database } from '../../data/database.ts';

/** Notes that a token was used, to the minute: a busy pipeline writes one row a minute, not one a call. */
export async function noteTokenUse(database: Database, tokenId: string): Promise<void> {
  await database.pool.query({
    name: 'token-used',
    text: `update api_token set last_used_at = now()
           where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    values: [tokenId],
  });
}
