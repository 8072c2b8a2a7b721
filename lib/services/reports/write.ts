import type pg from 'pg';
import { z } from 'zod';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { OperationKind } from '#lib/domain/operation/kind.ts';
import { levelProvenBy, nextDue } from '#lib/domain/recovery/drills.ts';
import { DRILL_LEVELS, type DrillLevel } from '#lib/domain/recovery/params.ts';
import { provenBy } from '#lib/domain/recovery/step-proof.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import type { Database } from '../../data/database.ts';
import type { SigningKey } from '../audit/heads.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { readPlannedSteps } from '../recovery/clocks.ts';
import { buildReport } from './build.ts';
import { renderHtml } from './render-html.ts';
import { renderPdf } from './render-pdf.ts';
import { type RecoveryReport, summaryOf } from './report.ts';
import { canonicalReport, type ReportSeal, sealReport } from './seal.ts';

export interface ReportParts {
  database: Database;
  estate: Estate;
  key: SigningKey;
  /** Who writes it, for the audit log. */
  executorId: string;
  now: () => Date;
}

/**
 * Writes the report of a run that has ended, once: object, HTML and PDF from the same words, sealed; and what the run
 * proves of drills and steps. Resolves with false where another worker wrote it first.
 */
export async function writeReport(parts: ReportParts, operationId: string): Promise<boolean> {
  const { database, estate, key, now } = parts;
  const report = await buildReport({ database, estate }, operationId);
  const text = canonicalReport(report);
  const seal = sealReport(text, { head: report.audit.head, key, now: now() });
  const html = renderHtml(report, seal);
  const pdf = await renderPdf(report, seal);
  return database.inTransaction(async (connection) => {
    const proof = proofOf(report);
    const written = await insertReport(connection, { report, text, seal, html, pdf, proof });
    if (!written) return false;
    await proveSteps(connection, report);
    if (proof) await moveSchedule(connection, report, proof);
    await enqueueNotification(connection, 'report.written', {
      operation: operationId,
      environment: report.operation.environment,
      state: report.operation.state,
      sha256: seal.sha256,
    });
    await announceChange(connection, 'recovery', `report/${operationId}`);
    await announceChange(connection, 'operation', operationId);
    await appendAudit(connection, {
      verb: 'report.write',
      actor: { kind: 'worker', id: parts.executorId },
      outcome: 'done',
      subject: `report/${operationId}`,
      operation: operationId,
      environment: report.operation.environment,
      via: 'engine',
      detail: { sha256: seal.sha256, head: seal.head.seq, key: seal.key },
    });
    return true;
  });
}

async function insertReport(
  connection: pg.PoolClient,
  written: {
    report: RecoveryReport;
    text: string;
    seal: ReportSeal;
    html: string;
    pdf: Buffer;
    proof: Proof | null;
  },
): Promise<boolean> {
  const { report, text, seal, html, pdf, proof } = written;
  const { operation } = report;
  const { rowCount } = await connection.query(
    `insert into recovery_report (operation_id, environment, kind, state, ended_at, level, region, summary, report, html, pdf,
       sha256, head_seq, head_hash, signed_at, signed_by, signature)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (operation_id) do nothing`,
    [
      operation.id,
      operation.environment,
      operation.kind,
      operation.state,
      operation.endedAt,
      proof?.level ?? null,
      proof?.region ?? null,
      JSON.stringify(summaryOf(report)),
      text,
      html,
      pdf,
      seal.sha256,
      seal.head.seq,
      seal.head.hash,
      seal.signedAt,
      seal.key,
      seal.signature,
    ],
  );
  return rowCount === 1;
}

interface Proof {
  level: DrillLevel;
  region: string;
}

const DrillAsked = z.object({ level: z.enum(DRILL_LEVELS), region: z.string() });
const RegionAsked = z.union([
  z.object({ target: z.string() }).transform(({ target }) => target),
  z.object({ region: z.string() }).transform(({ region }) => region),
]);

/** The drill that this run was, or is as good as; null where it did not end well or proves none. */
function proofOf({ operation }: RecoveryReport): Proof | null {
  if (operation.state !== 'done') return null;
  if (operation.kind === 'drill') return DrillAsked.safeParse(operation.params).data ?? null;
  const level = levelProvenBy(operation.kind as OperationKind);
  const region = RegionAsked.safeParse(operation.params).data;
  return level && region ? { level, region } : null;
}

/**
 * Steps that were carried out are proven, and those of other plans that they stand for, however the run ended; a step that ended
 * without having reached its Region, or of a trial, is not.
 */
async function proveSteps(connection: pg.PoolClient, { operation }: RecoveryReport): Promise<void> {
  const { rows } = await connection.query<{ plan: unknown; key: string; output: unknown; endedAt: Date }>(
    `select o.plan, s.key, s.output, s.ended_at as "endedAt" from operation_step s join operation o on o.id = s.operation_id
     where s.operation_id = $1 and s.state = 'done' and s.ended_at is not null order by s.ended_at, s.position`,
    [operation.id],
  );
  const planned = readPlannedSteps(rows[0]?.plan).steps;
  const proven = new Map<string, Date>();
  for (const { key, output, endedAt } of rows) {
    const step = planned.find((candidate) => candidate.key === key) ?? { key };
    for (const stepKey of provenBy(step, output)) proven.set(stepKey, endedAt);
  }
  await connection.query(
    `insert into step_proof (environment, step_key, proven_at, operation_id)
     select $1, p.key, p.at, $2 from unnest($3::text[], $4::timestamptz[]) as p (key, at)
     on conflict (environment, step_key) do update set proven_at = excluded.proven_at, operation_id = excluded.operation_id
     where step_proof.proven_at < excluded.proven_at`,
    [operation.environment, operation.id, [...proven.keys()], [...proven.values()]],
  );
}

/** What was scheduled was held: once is enough, or it comes again in a quarter. */
async function moveSchedule(
  connection: pg.PoolClient,
  { operation }: RecoveryReport,
  { level, region }: Proof,
): Promise<void> {
  await connection.query(
    `update drill_schedule set
       next_due_at = case cadence when 'quarterly' then greatest(next_due_at, $4::timestamptz) else next_due_at end,
       ended_at = case cadence when 'once' then $5::timestamptz end,
       refusal = null, told = '{}'
     where environment = $1 and level = $2 and region = $3 and ended_at is null`,
    [operation.environment, level, region, nextDue(new Date(operation.endedAt)), operation.endedAt],
  );
}
