import pg from 'pg';
import { keptSecret } from '../keep.ts';

const DATABASE = 'meridian';
const OWNER = 'meridian_owner';
const APPLICATION = 'meridian_app';

export interface DatabaseUrls {
  /** The application's role: owns nothing, cannot rewrite the audit log. */
  applicationUrl: string;
  /** The owner of the schema: migrates, grants. Never given to the web or to workers. */
  ownerUrl: string;
}

/** The two URLs of the embedded server's database; the passwords are made on first use and kept in `dataDir`. */
export function embeddedUrls(dataDir: string, port: number): DatabaseUrls {
  const url = (role: string) =>
    `postgresql://${role}:${keptSecret(dataDir, `postgres-${role}`)}@127.0.0.1:${port}/${DATABASE}`;
  return { applicationUrl: url(APPLICATION), ownerUrl: url(OWNER) };
}

/**
 * Makes the database and its two roles, or brings their settings back to what they must be. The application's
 * waits are bounded, so that no request can hold the audit lock: lock_timeout 2 s, idle in transaction 5 s.
 */
export async function ensureRoles(superuserUrl: string, urls: DatabaseUrls): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await ensureRole(client, OWNER, passwordOf(urls.ownerUrl));
    await ensureRole(client, APPLICATION, passwordOf(urls.applicationUrl));
    await client.query(`alter role ${APPLICATION} set lock_timeout = '2s'`);
    await client.query(`alter role ${APPLICATION} set idle_in_transaction_session_timeout = '5s'`);
    const existing = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (existing.rowCount === 0) await client.query(`create database ${DATABASE} owner ${OWNER}`);
    await client.query(`revoke all on database ${DATABASE} from public`);
    await client.query(`grant connect on database ${DATABASE} to ${APPLICATION}`);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const existing = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  const verb = existing.rowCount === 0 ? 'create' : 'alter';
  await client.query(
    `${verb} role ${role} login nosuperuser nocreaterole nocreatedb noreplication password ${client.escapeLiteral(password)}`,
  );
}

function passwordOf(url: string): string {
  return decodeURIComponent(new URL(url).password);
}
