import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

export interface MigrationResult {
  applied: string[];
  /** Set when the application's role owns the tables: the audit log could then be rewritten by it. */
  warning?: string;
}

const MIGRATIONS = path.join(import.meta.dirname, '../../prisma/migrations');
const GRANTS = path.join(import.meta.dirname, '../../prisma/grants.sql');

/**
 * Brings the database to this version, each migration once and whole, in Prisma's own `_prisma_migrations` table,
 * then grants to the application's role. Refuses a migration changed after it was applied, and a database newer than this code.
 */
export async function migrate(options: {
  ownerUrl: string;
  applicationRole: string;
}): Promise<MigrationResult> {
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: 'meridian-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(72707369)'); // the number Prisma itself uses
    await client.query(CREATE_LEDGER);
    const known = await knownMigrations();
    const done = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
      'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null',
    );
    const applied: string[] = [];
    for (const row of done.rows) {
      const migration = known.find((candidate) => candidate.name === row.migration_name);
      if (!migration) {
        throw new Error(
          `The database has migration ${row.migration_name}, which this version does not know. ` +
            'Start the version that made it, or a newer one.',
        );
      }
      if (migration.checksum !== row.checksum) {
        throw new Error(
          `Migration ${row.migration_name} was changed after it was applied. Restore its file; add a new one instead.`,
        );
      }
    }
    for (const migration of known) {
      if (done.rows.some((row) => row.migration_name === migration.name)) continue;
      await applyMigration(client, migration);
      applied.push(migration.name);
    }
    await grant(client, options.applicationRole);
    await client.query('select sample_partitions(7, 30)');
    return { applied, warning: await ownershipWarning(client, options.applicationRole) };
  } finally {
    await client.end();
  }
}

const CREATE_LEDGER = `create table if not exists _prisma_migrations (
  id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
  logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

async function knownMigrations(): Promise<Migration[]> {
  const names = (await readdir(MIGRATIONS, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(path.join(MIGRATIONS, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function applyMigration(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
       values ($1, $2, now(), $3, 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`Migration ${migration.name} failed and was rolled back: ${String(error)}`, {
      cause: error,
    });
  }
}

/** An owner needs no grants, and taking rights from itself would stop `audit_append` and the next migration. */
async function grant(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ owner: string }>('select current_user as owner');
  if (rows[0]?.owner === role) return;
  const grants = await readFile(GRANTS, 'utf8');
  await client.query(grants.replaceAll(':application', client.escapeIdentifier(role)));
}

async function ownershipWarning(client: pg.Client, role: string): Promise<string | undefined> {
  const { rows } = await client.query<{ rewritable: boolean }>(
    `select pg_has_role($1, c.relowner, 'member') as rewritable from pg_class c where c.oid = 'audit_entry'::regclass`,
    [role],
  );
  if (!rows[0]?.rewritable) return undefined;
  return `Role ${role} owns the tables, so it could rewrite the audit log. Give DATABASE_URL a role that owns nothing and MERIDIAN_OWNER_URL the owner.`;
}
