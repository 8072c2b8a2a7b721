import { describe, expect, it } from 'vitest';
import { appendAudit } from '#lib/data/audit.ts';
import { testWorld } from './harness.ts';

const world = testWorld();

/** The SQLSTATE a statement of the application's role fails with. */
async function stateOf(statement: string): Promise<string> {
  try {
    await world.database.pool.query(statement);
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

describe('the application’s role', () => {
  it.each([
    `update audit_entry set entry = '{}'`,
    'delete from audit_entry',
    'truncate audit_entry',
    `insert into audit_entry (seq, at, entry, prev_hash, hash) values (1, now(), '{}', ''::bytea, ''::bytea)`,
    'drop table audit_entry',
    'alter table audit_entry disable trigger all',
    'drop trigger audit_entry_no_change on audit_entry',
    'create or replace function audit_append(text) returns bigint language sql as $$ select 1::bigint $$',
    'alter function audit_append(text) owner to meridian_app',
    `insert into estate_revision (hash, yaml, imported_by) values ('x', 'x', 'x')`,
    'update _prisma_migrations set checksum = checksum',
    'truncate operation',
    'drop table operation',
    'create table mine (id int)',
    'create role other',
    `set session_replication_role = 'replica'`,
  ])('may not: %s', async (statement) => {
    expect(await stateOf(statement)).toBe(INSUFFICIENT_PRIVILEGE);
  });

  it('may append and read', async () => {
    const seq = await appendAudit(world.database.pool, {
      verb: 'test.append',
      actor: { kind: 'system', id: 'test' },
      outcome: 'done',
    });
    const { rows } = await world.database.pool.query<{ verb: string }>(
      'select verb from audit_entry where seq = $1',
      [seq.toString()],
    );
    expect(rows).toEqual([{ verb: 'test.append' }]);
  });

  it('waits for locks and idles in transactions for a bounded time', async () => {
    const { rows } = await world.database.pool.query<{ lock: string; idle: string }>(
      `select current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`,
    );
    expect(rows[0]).toEqual({ lock: '2s', idle: '5s' });
  });
});

describe('the owner', () => {
  it.each([`update audit_entry set entry = '{}'`, 'delete from audit_entry', 'truncate audit_entry'])(
    'is stopped by the trigger: %s',
    async (statement) => {
      await expect(world.owner.query(statement)).rejects.toThrow('append-only');
    },
  );
});

it('refuses an entry that says neither who, what nor how it ended', async () => {
  for (const entry of [
    '{}',
    '{"verb":"x","outcome":"done"}',
    '{"verb":"x","actor":{"id":"y"},"outcome":"perhaps"}',
  ])
    await expect(world.database.pool.query('select audit_append($1)', [entry])).rejects.toThrow('needs verb');
});
