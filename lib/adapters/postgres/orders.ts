import type { LastOrder, OrderRow } from '../../ports/recovery.ts';
import type { Session } from './session.ts';

/** Microseconds are kept: a Date would cut them, and with them the order of two orders. */
const iso = (expression: string) =>
  `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const LAST = `select id::text, ${iso('placed_at')} as "createdAt" from orders order by placed_at desc limit 1`;

export async function lastOrder(session: Session): Promise<LastOrder | null> {
  const [row] = await session.rows<LastOrder>(LAST);
  return row ?? null;
}

/**
 * `placed_at` is when an order's transaction began, and it may have been committed later. Where the server tracks the time
 * of commits that decides; where it does not, orders begun in the minute before count as well: too many is safe here, as
 * those that are there already are not missing.
 */
const since = (committedAfter: string) => `
  select id::text, region, product, amount::text, customer, ${iso('placed_at')} as "createdAt"
    from orders
   where placed_at > $1::timestamptz - interval '1 minute' ${committedAfter}
     and ($3::timestamptz is null or (placed_at, id) > ($3::timestamptz, $4::uuid))
   order by placed_at, id
   limit $2`;
const SINCE_BEGUN = since('');
const SINCE_COMMITTED = since('and coalesce(pg_xact_commit_timestamp(xmin) > $1::timestamptz, true)');

export async function ordersSince(
  session: Session,
  page: { since: string; limit: number; after?: Pick<OrderRow, 'id' | 'createdAt'> | undefined },
): Promise<OrderRow[]> {
  const { since: from, limit, after } = page;
  const [setting] = await session.rows<{ tracked: boolean }>(
    "select current_setting('track_commit_timestamp')::boolean as tracked",
  );
  return session.rows<OrderRow>(setting?.tracked ? SINCE_COMMITTED : SINCE_BEGUN, [
    from,
    limit,
    after?.createdAt ?? null,
    after?.id ?? null,
  ]);
}

const MISSING = `
  select asked.id::text
    from unnest($1::uuid[]) with ordinality as asked (id, place)
   where not exists (select from orders where orders.id = asked.id)
   order by asked.place`;

export async function missingOrders(session: Session, ids: readonly string[]): Promise<string[]> {
  const rows = await session.rows<{ id: string }>(MISSING, [ids]);
  return rows.map(({ id }) => id);
}
