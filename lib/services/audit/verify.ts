import type pg from 'pg';
import { z } from 'zod';
import { type ChainBreak, CHAIN_START, type ChainEnd, type ChainRow, findBreak } from '#lib/domain/audit/chain.ts';
import { defineVerb } from '../verb.ts';
import { judgeHead, type SignedHead } from './heads.ts';

type Queryable = Pick<pg.ClientBase, 'query'>;

const CHUNK_ROWS = 5_000;

export interface ChainReport {
  ok: boolean;
  /** Rows whose hash was computed again. */
  rows: number;
  /** First row that was checked; 1 unless asked otherwise. */
  from: number;
  /** Last row that was right, or null when none was. */
  head: ChainEnd | null;
  broken: ChainBreak | null;
  /** Signed heads that were compared, and the first that does not fit. */
  heads: { compared: number; broken: string | null };
  /** False when the time ran out before the newest row. */
  complete: boolean;
}

export interface VerifyOptions {
  /** Start after this row, trusting its hash; 0 for the whole log. */
  after?: number;
  /** Give up after so long; what was checked until then is reported. */
  deadlineMs?: number;
  /** Heads signed earlier, in order: a row that is missing or has another hash shows a cut or rewritten log. */
  heads?: readonly SignedHead[];
  onProgress?: (rows: number) => void;
}

/**
 * Computes every row's hash again, oldest first, up to the row that is newest when it begins, and names the first that
 * does not fit. Reads in chunks, the next while the last is hashed; holds no lock.
 */
export async function verifyChain(database: Queryable, options: VerifyOptions = {}): Promise<ChainReport> {
  const { deadlineMs = Number.POSITIVE_INFINITY, heads = [] } = options;
  const started = performance.now();
  const after = options.after ?? 0;
  const newest = await newestRow(database);
  const report: ChainReport = {
    ok: true,
    rows: 0,
    from: after + 1,
    head: null,
    broken: null,
    heads: { compared: 0, broken: null },
    complete: true,
  };
  let end: ChainEnd = after === 0 ? CHAIN_START : await rowAt(database, after);
  const pending = heads.filter(({ seq }) => seq > after);
  let ahead = readChunk(database, end.seq, newest);
  while (end.seq < newest) {
    if (performance.now() - started > deadlineMs) {
      await ahead;
      return { ...report, complete: false };
    }
    const rows = await ahead;
    if (rows.length === 0) break;
    const last = rows.at(-1);
    ahead = readChunk(database, last?.seq ?? newest, newest);
    for (const row of rows) {
      const broken = findBreak(end, row);
      if (broken) {
        await ahead;
        return { ...report, ok: false, broken };
      }
      report.rows += 1;
      end = { seq: row.seq, at: row.at, hash: row.hash };
      report.head = end;
      while (pending[0] && pending[0].seq <= row.seq) {
        const problem = judgeHead(pending.shift() as SignedHead, row);
        report.heads.compared += 1;
        if (problem) {
          await ahead;
          return { ...report, ok: false, heads: { ...report.heads, broken: problem } };
        }
      }
    }
    options.onProgress?.(report.rows);
  }
  const cut = pending[0];
  if (end.seq < newest || cut) return endedEarly(report, end, newest, cut);
  return report;
}

/** The log ended before the row it was known to have: rows were taken from its end. */
function endedEarly(
  report: ChainReport,
  end: ChainEnd,
  newest: number,
  cut: SignedHead | undefined,
): ChainReport {
  if (!cut) {
    const message = `Row ${end.seq + 1} is missing: the log ends before row ${newest}.`;
    return { ...report, ok: false, broken: { seq: end.seq + 1, why: 'gap', message } };
  }
  const broken = `Row ${cut.seq} was signed at ${cut.signedAt}, and the log ends with row ${end.seq}: its end was cut off.`;
  return { ...report, ok: false, heads: { ...report.heads, broken } };
}

async function newestRow(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ seq: string }>(
    'select coalesce(max(seq), 0)::text as seq from audit_entry',
  );
  return Number(rows[0]?.seq ?? 0);
}

async function rowAt(database: Queryable, seq: number): Promise<ChainEnd> {
  const { rows } = await database.query<{ at: string; hash: string }>(
    `select audit_time(at) as at, encode(hash, 'hex') as hash from audit_entry where seq = $1`,
    [seq],
  );
  const row = rows[0];
  if (!row) return { seq, at: '', hash: '' }; // then the first row after it cannot fit either
  return { seq, ...row };
}

type RawRow = [seq: string, at: string, entry: string, prevHash: string, hash: string];

async function readChunk(database: Queryable, after: number, newest: number): Promise<ChainRow[]> {
  if (after >= newest) return [];
  const { rows } = await database.query<RawRow>({
    text: `select a.seq::text, audit_time(a.at), a.entry, encode(a.prev_hash, 'hex'), encode(a.hash, 'hex')
           from audit_entry a where a.seq > $1 and a.seq <= $2 order by a.seq limit $3`,
    values: [after, newest, CHUNK_ROWS],
    rowMode: 'array',
  });
  return rows.map(([seq, at, entry, prevHash, hash]) => ({ seq: Number(seq), at, entry, prevHash, hash }));
}

/** Rows that the console's button checks at most, and how long it may take; the whole log is for `audit verify`. */
const BUTTON_ROWS = 1_000_000;
const BUTTON_DEADLINE_MS = 15_000;

export const VerifyAuditInput = z.strictObject({});

/** Verifies the newest million rows of the log, in 15 s at most; the answer says from where to where. */
export const verifyAudit = defineVerb({
  name: 'audit.verify',
  action: 'audit.verify',
  input: VerifyAuditInput,
  async run(_, __, connection) {
    const newest = await newestRow(connection);
    const report = await verifyChain(connection, {
      after: Math.max(0, newest - BUTTON_ROWS),
      deadlineMs: BUTTON_DEADLINE_MS,
    });
    const { ok, rows, from, complete, broken, head } = report;
    return {
      result: { ok, rows, from, to: head?.seq ?? null, complete, broken },
      detail: { ok, rows, from, complete, ...(broken ? { broken: broken.seq, why: broken.why } : {}) },
    };
  },
});
