import pg from 'pg';

export interface Login {
  port: number;
  user: string;
  password: string;
  database: string;
}

const CONNECT_WITHIN_MS = 2000;

/** Runs `use` with a connection of its own. */
export async function withClient<T>(login: Login, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host: '127.0.0.1', connectionTimeoutMillis: CONNECT_WITHIN_MS, ...login });
  // A connection that breaks also fails the query that uses it, which is where it is told.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

export interface Admin {
  query<Row extends object>(sql: string, values: unknown[], timeoutMs: number): Promise<Row[]>;
  close(): Promise<void>;
}

/** The lab's own few connections to one server. One that failed or timed out is thrown away, never reused. */
export function createAdmin(login: Login): Admin {
  const pool = new pg.Pool({
    host: '127.0.0.1',
    max: 3,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    application_name: 'rdsadmin',
    allowExitOnIdle: true,
    ...login,
  });
  // Idle connections break when the server is killed; the pool replaces them.
  pool.on('error', () => undefined);
  // One that breaks in use fails its query, which is where it is told.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    async query<Row extends object>(sql: string, values: unknown[], timeoutMs: number) {
      const client = await pool.connect();
      try {
        const { rows } = await client.query<Row>({
          text: sql,
          values,
          query_timeout: timeoutMs,
        } as pg.QueryConfig);
        client.release();
        return rows;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

export function connectionUrl(address: { host: string; port: number }, login: Omit<Login, 'port'>): string {
  const { user, password, database } = login;
  return `postgresql://${user}:${encodeURIComponent(password)}@${address.host}:${address.port}/${database}`;
}
