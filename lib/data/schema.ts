import type pg from 'pg';

/** The migrations this version was written for, oldest first: the folders of prisma/migrations, also where those are not shipped. */
export const MIGRATIONS: readonly string[] = [
  '20261123000100_audit',
  '20261123000200_people',
  '20261123000300_observation',
  '20261123000400_operations',
  '20261123000500_changes',
  '20261126000100_operation_indexes',
  '20261126000200_step_output',
  '20261126000300_operation_leave',
  '20261126000900_recovery',
  '20261126001100_acting_by_policy',
  '20261126001200_ended_incomplete',
  '20261126001500_home_regions',
  '20261126002000_releases',
  '20261126002200_approval_rules',
  '20261126002300_freeze_calendar',
  '20261126002400_scheduled_start',
  '20261126002700_token_proof',
  '20261126002800_readiness_summary',
  '20261126003000_unattended_recovery',
  '20261126003200_audit_columns',
];

/**
 * Why this version may not work on that database, with what to do; null when its schema is the one this version was
 * written for. A newer schema may mean something by a row that this version does not know.
 */
export async function findSchemaProblem(connection: Pick<pg.ClientBase, 'query'>): Promise<string | null> {
  const { rows } = await connection.query<{ name: string }>(
    `select migration_name as name from _prisma_migrations
      where rolled_back_at is null and finished_at is not null order by migration_name`,
  );
  const applied = rows.map(({ name }) => name);
  const newer = applied.find((name) => !MIGRATIONS.includes(name));
  if (newer) {
    return `The database has migration ${newer}, which this version does not know: a newer Meridian migrated it. Start that version, or a newer one.`;
  }
  const missing = MIGRATIONS.find((name) => !applied.includes(name));
  if (missing) {
    return `The database lacks migration ${missing}. Migrate it with this version first (docs/operations.md), then start again.`;
  }
  return null;
}
