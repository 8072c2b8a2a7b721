import 'server-only';
import pg from 'pg';

export interface Change {
  id: string;
  topic: string;
  ref: string;
  at: string;
}

/** Changes as they commit, told once a process however many streams are open. */
export interface ChangeFeed {
  /** Called for every change, in order of id; the returned function ends it. */
  subscribe(listener: (change: Change) => void): () => void;
  /** Called when people, grants, sessions or tokens changed: caches of them are void. */
  onPeopleChange(listener: () => void): void;
  /** Changes after this id, oldest first, at most `limit`; for a browser that comes back with Last-Event-ID. */
  after(id: string, limit: number): Promise<Change[]>;
  latestId(): Promise<string>;
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;
const READ_LIMIT = 500;

/** One connection that listens. NOTIFY is only the doorbell: the table is read from the last id seen, so nothing is missed. */
export function openChangeFeed(url: string): ChangeFeed {
  const listeners = new Set<(change: Change) => void>();
  const peopleListeners = new Set<() => void>();
  let client: pg.Client | undefined;
  let lastSeen: string | undefined;
  let reading: Promise<void> | undefined;
  let rungWhileReading = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    if (!client) throw new Error('The change feed is not connected.');
    return (await client.query<Row>(text, values)).rows;
  }

  async function connect() {
    const next = new pg.Client({ connectionString: url, application_name: 'meridian-feed', keepAlive: true });
    next.on('error', () => dropAndRetry(next));
    next.on('end', () => dropAndRetry(next));
    next.on('notification', ({ channel }) => {
      if (channel === 'meridian_people') for (const listener of peopleListeners) listener();
      else void ring();
    });
    try {
      await next.connect();
      await next.query('listen meridian_change; listen meridian_people');
      client = next;
      lastSeen ??= await latestId();
    } catch {
      // The database is down or restarting; dropAndRetry keeps trying, and pages say what they cannot read.
      dropAndRetry(next);
      return;
    }
    for (const listener of peopleListeners) listener();
    await ring();
  }

  function dropAndRetry(dropped: pg.Client) {
    if (client === dropped) client = undefined;
    dropped.removeAllListeners('end');
    dropped.end().catch(() => undefined);
    if (closed || retry) return;
    retry = setTimeout(() => {
      retry = undefined;
      void connect();
    }, RECONNECT_MS);
  }

  async function latestId(): Promise<string> {
    const rows = await query<{ id: string }>('select coalesce(max(id), 0)::text as id from change', []);
    return rows[0]?.id ?? '0';
  }

  function after(id: string, limit: number): Promise<Change[]> {
    return query<Change>(
      `select id::text, topic, ref, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
       from change where id > $1 order by id limit $2`,
      [id, limit],
    );
  }

  async function ring(): Promise<void> {
    if (reading) {
      rungWhileReading = true;
      return;
    }
    reading = tellNew().catch(() => undefined);
    await reading;
    reading = undefined;
    if (rungWhileReading) {
      rungWhileReading = false;
      await ring();
    }
  }

  async function tellNew(): Promise<void> {
    const changes = await after(lastSeen ?? '0', READ_LIMIT);
    for (const change of changes) {
      lastSeen = change.id;
      for (const listener of listeners) listener(change);
    }
    if (changes.length === READ_LIMIT) rungWhileReading = true;
  }

  void connect();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onPeopleChange: (listener) => void peopleListeners.add(listener),
    after,
    latestId,
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
}
