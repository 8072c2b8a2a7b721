import type { AmbientPool } from '../data/pool.ts';

/** Holds while its heartbeat is renewed; the epoch grows with every new holder and travels with each write. */
export interface HeldLease {
  epoch: string;
}

/** Seconds a lease lasts by the database's clock (DECISIONS, Engine). */
export const LEASE_SECONDS = 10;

/** Takes or renews the lease; null while another holds it. */
export async function holdLease(pool: AmbientPool, name: string, holder: string): Promise<HeldLease | null> {
  const { rows } = await pool.query<{ epoch: string }>(
    `insert into lease as held (name, holder, epoch, expires_at)
     values ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
     on conflict (name) do update set
       epoch = case when held.holder = $2 then held.epoch else held.epoch + 1 end,
       holder = $2,
       expires_at = excluded.expires_at
     where held.holder = $2 or held.expires_at < clock_timestamp()
     returning epoch::text`,
    [name, holder, LEASE_SECONDS],
  );
  return rows[0] ? { epoch: rows[0].epoch } : null;
}

/** Gives the lease up, so that a peer need not wait for it to run out. */
export async function releaseLease(pool: AmbientPool, name: string, holder: string): Promise<void> {
  await pool.query(`update lease set expires_at = clock_timestamp() where name = $1 and holder = $2`, [
    name,
    holder,
  ]);
}
