import type pg from 'pg';
import { z } from 'zod';
import type { AuditEntry } from '#lib/domain/audit/entry.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { reviewDueAt } from '#lib/domain/recovery/review-debt.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import type { Database } from '../../data/database.ts';
import { MeridianError, RefusedError, ValidationError } from '../../errors.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { parseInput } from '../verb.ts';
import { fileOfflineFence, leftOpen } from './fences.ts';
import { parseRecord, type RecordedAct, type RecordedRun } from './record.ts';

export const ImportRecordInput = z.strictObject({
  /** The record file's text. */
  record: z.string().max(20_000_000, 'is over 20 MB'),
  /** Who did it: somebody else has to review it. */
  personId: z.uuid(),
  reason: z.string().trim().min(3, 'says why it was done, in three letters at least').max(2_000),
});
export type ImportRecordInput = z.infer<typeof ImportRecordInput>;

export interface ImportedRun {
  /** Of the run, and of the review that it opened. */
  run: string;
  plan: string;
  environment: string;
  acts: number;
  /** Null where the run changed nothing, or was imported before. */
  dueAt: Date | null;
  /** The Region whose old primary the run could not shut: it is shut the moment that answers. */
  toBeFenced: string | null;
  /** Imported earlier: nothing was written again. */
  before: boolean;
}

interface ImportOptions {
  /** The local actor who imports. */
  by: string;
  estate: Estate;
  now: Date;
}

/**
 * Enters what was done offline into the audit chain, all of it or nothing: one entry for each act, marked as offline with its own
 * time, a review debt for each run that changed something, and a fence that waits for each old primary that was left open. A run
 * that was imported before is left as it is, so that a record which has grown since may be imported again. A refusal is on record
 * too.
 */
export async function importRecord(
  database: Database,
  raw: ImportRecordInput,
  options: ImportOptions,
): Promise<ImportedRun[]> {
  try {
    const input = parseInput(ImportRecordInput, raw);
    const runs = parseRecord(input.record);
    assertOfEstate(runs, options.estate);
    return await database.inTransaction((connection) =>
      importRuns(connection, runs, { ...options, ...input }),
    );
  } catch (error) {
    if (error instanceof MeridianError) {
      await appendAudit(database.pool, {
        verb: 'breakglass.import',
        actor: { kind: 'local', id: options.by },
        outcome: 'refused',
        rule: error instanceof RefusedError ? error.rule : error.code,
        message: error.message.slice(0, 500),
        via: 'cli',
      });
    }
    throw error;
  }
}

async function importRuns(
  connection: pg.PoolClient,
  runs: readonly RecordedRun[],
  importing: Importing,
): Promise<ImportedRun[]> {
  await assertPerson(connection, importing.personId);
  // Of two who import the same record at once, the second sees what the first has entered.
  await connection.query('select pg_advisory_xact_lock(7002, 6)');
  const imported: ImportedRun[] = [];
  for (const run of runs) imported.push(await importRun(connection, run, { ...importing, runs }));
  if (imported.every(({ before }) => before)) {
    throw new RefusedError(
      'imported-before',
      'Nothing was imported: every run of this record is in the log already.',
    );
  }
  return imported;
}

function assertOfEstate(runs: readonly RecordedRun[], estate: Estate): void {
  const foreign = runs.find(
    (run) =>
      run.estate !== estate.estate || !estate.environments.some(({ name }) => name === run.environment),
  );
  if (!foreign) return;
  throw new ValidationError(
    `Nothing was imported: the record is of ${foreign.environment} of ${foreign.estate}, and this is ${estate.estate}. Import it where it belongs.`,
    { record: 'is of another estate' },
  );
}

async function assertPerson(connection: pg.PoolClient, personId: string): Promise<void> {
  const { rowCount } = await connection.query('select 1 from person where id = $1', [personId]);
  if (rowCount !== 1)
    throw new ValidationError('Nothing was imported: nobody of that id is known.', {
      person: 'is not known',
    });
}

type Importing = ImportOptions & Omit<ImportRecordInput, 'record'>;
/** With all runs of the record: a later one may have shut what this one left open. */
type ImportingRun = Importing & { runs: readonly RecordedRun[] };

async function importRun(
  connection: pg.PoolClient,
  run: RecordedRun,
  importing: ImportingRun,
): Promise<ImportedRun> {
  const told = { run: run.run, plan: run.plan, environment: run.environment, acts: run.acts.length };
  if (await wasImported(connection, run.run)) return { ...told, dueAt: null, toBeFenced: null, before: true };
  for (const act of run.acts) await appendAudit(connection, entryOf(run, act, importing));
  const dueAt = changedSomething(run) ? await openDebt(connection, run, importing) : null;
  const open = leftOpen(run, importing.runs);
  const { estate, by } = importing;
  const isFiled = open !== null && (await fileOfflineFence(connection, { run, open, estate, by }));
  await appendAudit(connection, {
    verb: 'breakglass.import',
    actor: { kind: 'local', id: importing.by },
    outcome: 'done',
    subject: `breakglass/${run.run}`,
    environment: run.environment,
    via: 'cli',
    detail: {
      run: run.run,
      plan: run.plan,
      digest: run.digest,
      mode: run.mode,
      offlineFrom: run.time,
      acts: run.acts.length,
      by: importing.personId,
      reason: importing.reason,
      ...(dueAt ? { reviewDueAt: dueAt.toISOString() } : {}),
    },
  });
  await announceChange(connection, 'audit', 'breakglass.import');
  await announceChange(connection, 'recovery', `review/${run.run}`);
  return { ...told, dueAt, toBeFenced: isFiled ? open.lost : null, before: false };
}

/** The log itself is the witness: a run that changed nothing has no debt. */
async function wasImported(connection: pg.PoolClient, run: string): Promise<boolean> {
  const { rowCount } = await connection.query(
    `select 1 from audit_entry where verb = 'breakglass.import' and (entry::jsonb) ->> 'subject' = $1 limit 1`,
    [`breakglass/${run}`],
  );
  return rowCount === 1;
}

/** As the script wrote it: who imports vouches for the file, not for what it says. */
function entryOf(run: RecordedRun, act: RecordedAct, { by }: Importing): AuditEntry {
  const isFailure = act.result === 'failed' || act.result === 'stopped';
  return {
    verb: 'breakglass.act',
    actor: { kind: 'local', id: by },
    outcome: isFailure ? 'failed' : 'done',
    subject: `breakglass/${run.run}`,
    environment: run.environment,
    via: 'cli',
    detail: {
      offline: true,
      at: act.time,
      who: act.who,
      plan: run.plan,
      step: act.step,
      command: act.command,
      result: act.result,
      ...(act.detail ? { said: act.detail } : {}),
    },
  };
}

/** Whether anything but looking was tried: reads are on record by their step, with what they found. */
function changedSomething({ mode, acts }: RecordedRun): boolean {
  return mode !== 'check' && acts.some(({ command }) => CHANGES.test(command));
}

const CHANGES =
  /aws [a-z0-9]+ (promote|modify|reboot|put|delete|update|create)-|curl --request PATCH|curl .*\/orders$/;

async function openDebt(
  connection: pg.PoolClient,
  run: RecordedRun,
  { personId, reason, now }: Importing,
): Promise<Date> {
  const dueAt = reviewDueAt(now);
  const title = `Break-glass: ${run.plan}${run.mode === 'run' ? '' : `, ${run.mode}`}`;
  await connection.query(
    `insert into review_debt (id, cause, environment, title, owed_by, reason, opened_at, due_at)
     values ($1, 'break-glass', $2, $3, $4, $5, $6, $7)`,
    [run.run, run.environment, title, personId, reason, now, dueAt],
  );
  await enqueueNotification(connection, 'review.opened', {
    review: run.run,
    operation: null,
    environment: run.environment,
    title,
    reason,
    dueAt: dueAt.toISOString(),
  });
  return dueAt;
}
