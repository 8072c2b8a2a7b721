import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { takeSnapshot } from '../../prisma/catalog.ts';
import { testWorld } from './harness.ts';

const world = testWorld();
const ROOT = path.join(import.meta.dirname, '../..');
const SNAPSHOT = path.join(ROOT, 'prisma/snapshot.txt');

interface Diff {
  /** 0 the same, 2 different, 1 failed. */
  code: number;
  output: string;
}

/** `prisma migrate diff` from the migrated database to schema.prisma, by the engine of tools/prisma-schema-engine.mjs. */
function migrateDiff(): Promise<Diff> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [
        path.join(ROOT, 'node_modules/prisma/build/index.js'),
        ...[
          'migrate',
          'diff',
          '--from-config-datasource',
          '--to-schema',
          'prisma/schema.prisma',
          '--exit-code',
          '--script',
        ],
      ],
      {
        cwd: ROOT,
        timeout: 60_000,
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          NODE_ENV: 'test',
          MERIDIAN_OWNER_URL: world.ownerUrl,
          PRISMA_SCHEMA_ENGINE_BINARY: path.join(ROOT, 'tools/prisma-schema-engine.mjs'),
          PRISMA_HIDE_UPDATE_MESSAGE: '1',
          CHECKPOINT_DISABLE: '1',
        },
      },
      (error, out, stderr) => resolve({ code: error ? Number(error.code) : 0, output: `${out}\n${stderr}` }),
    );
  });
}

describe('the committed snapshot', () => {
  it('is what a fresh database consists of', async () => {
    const [kept, now] = [readFileSync(SNAPSHOT, 'utf8'), await takeSnapshot(world.ownerUrl)];
    expect(now, 'The migrations changed the schema. Run npm run db:snapshot and review what it says.').toBe(
      kept,
    );
  });

  it.each([
    [
      'a trigger switched off',
      'alter table audit_entry disable trigger audit_entry_no_change',
      'alter table audit_entry enable trigger audit_entry_no_change',
    ],
    [
      'a grant too many',
      'grant update on audit_entry to meridian_app',
      'revoke update on audit_entry from meridian_app',
    ],
    [
      'an index without its condition',
      'drop index operation_waiting; create index operation_waiting on operation (environment, created_at)',
      `drop index operation_waiting; create index operation_waiting on operation (environment, created_at) where state = 'awaiting-approval'`,
    ],
    [
      'a check gone',
      'alter table role_grant drop constraint role_grant_role_check',
      `alter table role_grant add constraint role_grant_role_check check (role in ('viewer', 'operator', 'approver', 'cost-reviewer', 'auditor', 'admin'))`,
    ],
  ])('tells %s', async (_, change, undo) => {
    const before = await takeSnapshot(world.ownerUrl);
    await world.owner.query(change);
    expect(await takeSnapshot(world.ownerUrl)).not.toBe(before);
    await world.owner.query(undo);
    expect(await takeSnapshot(world.ownerUrl)).toBe(before);
  });
});

/** Statements that would make the database fit Prisma's schema. */
const statements = (output: string) =>
  output
    .split('\n')
    .filter((line) => /^(ALTER|CREATE|DROP|COMMENT)\b/.test(line))
    .sort();

describe('Prisma’s schema', () => {
  /** Append-only, partitioned, or written in bulk: reached by pg alone, as schema.prisma says. */
  const UNMODELLED = ['DROP TABLE "audit_entry";', 'DROP TABLE "sample";', 'DROP TABLE "sample_rollup";'];

  afterEach(() => world.owner.query('alter table person drop column if exists drift'));

  it('is what the migrations made, but for the tables it leaves out', async () => {
    const { output } = await migrateDiff();
    expect(statements(output), output).toEqual(UNMODELLED);
  });

  it('differs, and is found to, when a column is added to a table with a check', async () => {
    await world.owner.query('alter table person add column drift text check (length(drift) > 1)');
    const { code, output } = await migrateDiff();
    expect(code).toBe(2);
    expect(statements(output)).toEqual(['ALTER TABLE "person" DROP COLUMN "drift";', ...UNMODELLED]);
  });
});
