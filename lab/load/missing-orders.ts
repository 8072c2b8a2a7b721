import pg from 'pg';
import { waitAtMost } from '#lab/kernel/within.ts';
import type { Ledger, LedgerOrder } from './ledger.ts';
import type { WriterPlace } from './messages.ts';

/** Whether the orders that customers were promised are where orders are now. */
export type MissingOrders =
  | {
      state: 'checked';
      atMs: number;
      writer: { region: string; instance: string };
      checked: number;
      missing: LedgerOrder[];
    }
  | { state: 'unknown'; atMs: number; reason: string };

export interface MissingOrdersOptions {
  ledger: Pick<Ledger, 'kept'>;
  writer: () => Promise<WriterPlace | null>;
  now: () => number;
}

export interface MissingOrdersCheck {
  /** Never rejects: what could not be asked is unknown. */
  check(): Promise<MissingOrders>;
  /** The ledger begins anew. */
  forget(): void;
}

/** The databases drop orders after 48 hours: older ones prove nothing. */
const CHECKED_HOURS = 47;
/** Younger orders are looked up at every check; older ones, once found, only this often. */
const YOUNG_MS = 15 * 60_000;
const LOOK_AGAIN_MS = 60_000;
const BATCH = 2_000;
const GOODBYE_MS = 500;
/** Checks asked for within this share one answer. */
const FRESH_MS = 1_000;

/** Compares the ledger with the orders table of the current writer. */
export function createMissingOrdersCheck({ ledger, writer, now }: MissingOrdersOptions): MissingOrdersCheck {
  let found = new Map<number, number>();
  let history = '';
  let running: Promise<MissingOrders> | undefined;
  let latest: MissingOrders | undefined;
  const forgotten = new WeakSet<Promise<MissingOrders>>();

  async function compare(): Promise<MissingOrders> {
    const place = await writer();
    if (!place)
      return {
        state: 'unknown',
        atMs: now(),
        reason: 'No Region takes orders, so there is nowhere to look.',
      };
    try {
      return await compareWith(place);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return {
        state: 'unknown',
        atMs: now(),
        reason: `The writer in ${place.region} could not be asked: ${reason}`,
      };
    }
  }

  async function compareWith({ adminUrl, region, instance }: WriterPlace): Promise<MissingOrders> {
    const client = new pg.Client({
      connectionString: adminUrl,
      connectionTimeoutMillis: 2_000,
      query_timeout: 5_000,
      application_name: 'ledger',
    });
    client.on('error', () => undefined); // the query that runs into it reports it
    await client.connect();
    try {
      const nowThere = `${instance} ${await timelineOf(client)}`;
      if (nowThere !== history) found = new Map(); // another history: nothing found before counts
      history = nowThere;
      const orders = ledger.kept().filter((order) => ageMs(order) < CHECKED_HOURS * 3_600_000);
      const doubtful = orders.filter(isDoubtful);
      for (let i = 0; i < doubtful.length; i += BATCH) await lookUp(client, doubtful.slice(i, i + BATCH));
      forgetAllBut(orders);
      const missing = doubtful.filter((order) => !found.has(order.seq));
      return { state: 'checked', atMs: now(), writer: { region, instance }, checked: orders.length, missing };
    } finally {
      await waitAtMost(GOODBYE_MS, client.end()); // a server that hangs never answers it
    }
  }

  const ageMs = (order: LedgerOrder) => now() - Date.parse(order.at);

  function isDoubtful(order: LedgerOrder): boolean {
    const foundAt = found.get(order.seq);
    return foundAt === undefined || ageMs(order) < YOUNG_MS || now() - foundAt > LOOK_AGAIN_MS;
  }

  async function lookUp(client: pg.Client, orders: LedgerOrder[]): Promise<void> {
    const result = await client.query<{ id: string }>('select id from orders where id = any($1::uuid[])', [
      orders.map((order) => order.orderId),
    ]);
    const present = new Set(result.rows.map((row) => row.id));
    for (const order of orders) {
      if (present.has(order.orderId)) found.set(order.seq, now());
      else found.delete(order.seq);
    }
  }

  function forgetAllBut(orders: LedgerOrder[]) {
    const oldest = orders[0]?.seq ?? Number.POSITIVE_INFINITY;
    for (const seq of found.keys()) if (seq < oldest) found.delete(seq);
  }

  return {
    async check() {
      if (latest && now() - latest.atMs < FRESH_MS) return latest;
      running ??= compare();
      const asked = running;
      const result = await asked;
      if (running === asked) running = undefined;
      if (!forgotten.has(asked)) latest = result;
      return result;
    },
    forget() {
      latest = undefined;
      found = new Map();
      if (running) forgotten.add(running);
      running = undefined;
    },
  };
}

/** A promotion begins a new timeline: what was acknowledged on the old one may not be on it. Fails on a replica. */
async function timelineOf(client: pg.Client): Promise<string> {
  const result = await client.query<{ timeline: string }>(
    'select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline',
  );
  return result.rows[0]?.timeline ?? '';
}
