import type pg from 'pg';
import { z } from 'zod';
import {
  CHAIN_START,
  type ChainBreak,
  type ChainEnd,
  type ChainRow,
  findBreak,
} from '#lib/domain/audit/chain.ts';
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
  chunkRows?: number;
}

/**
 * Computes every row's hash again, oldest first, up to the row that is newest when it begins, and names the first that
 * does not fit. Reads in chunks, the next while the last is hashed; holds no lock.
 */
export async function verifyChain(database: Queryable, options: VerifyOptions = {}): Promise<ChainReport> {
  const { after = 0, deadlineMs = Number.POSITIVE_INFINITY, chunkRows = CHUNK_ROWS } = options;
  const started = performance.now();
  const newest = await newestRow(database);
  const check = new ChainCheck(after === 0 ? CHAIN_START : await rowAt(database, after), options.heads ?? []);
  for await (const rows of readAhead(database, { after, newest, chunkRows })) {
    for (const row of rows) if (!check.accepts(row)) return check.report({ complete: true });
    options.onProgress?.(check.rows);
    if (performance.now() - started > deadlineMs) return check.report({ complete: check.end.seq >= newest });
  }
  check.finish(newest);
  return check.report({ complete: true });
}

/**
 * Verifies the chain, then that each of its rows is found under what its entry says: filters look at columns beside the entry,
 * which no hash seals.
 */
export async function verifyLog(database: Queryable, options: VerifyOptions = {}): Promise<ChainReport> {
  const { after = 0, deadlineMs = Number.POSITIVE_INFINITY } = options;
  const started = performance.now();
  const report = await verifyChain(database, options);
  if (!report.ok || !report.complete || !report.head) return report;
  for (let from = after; from < report.head.seq; from += COLUMN_ROWS) {
    const wrong = await findWrongColumns(database, from, Math.min(from + COLUMN_ROWS, report.head.seq));
    if (wrong) return { ...report, ok: false, broken: wrong };
    if (performance.now() - started > deadlineMs) return { ...report, complete: false };
  }
  return report;
}

const COLUMN_ROWS = 50_000;

async function findWrongColumns(
  database: Queryable,
  after: number,
  upTo: number,
): Promise<ChainBreak | null> {
  const { rows } = await database.query<{ seq: string }>(
    `select a.seq::text from audit_entry a, lateral (select a.entry::jsonb as entry offset 0) as said
     where a.seq > $1 and a.seq <= $2
       and (a.actor_id, a.verb, a.outcome, a.operation_id, a.environment, a.region) is distinct from
         (said.entry -> 'actor' ->> 'id', said.entry ->> 'verb', said.entry ->> 'outcome', said.entry ->> 'operation',
          said.entry ->> 'environment', said.entry ->> 'region')
     order by a.seq limit 1`,
    [after, upTo],
  );
  const seq = rows[0] && Number(rows[0].seq);
  if (seq === undefined) return null;
  const message = `Row ${seq} is whole, but is found under what its entry does not say: a column beside it was changed.`;
  return { seq, why: 'columns', message };
}

/** The chain as far as it was followed, and the first thing about it that is wrong. */
class ChainCheck {
  end: ChainEnd;
  rows = 0;
  readonly #from: number;
  readonly #heads: readonly SignedHead[];
  #compared = 0;
  #broken: ChainBreak | null = null;
  #headBroken: string | null = null;

  constructor(start: ChainEnd, heads: readonly SignedHead[]) {
    this.end = start;
    this.#from = start.seq + 1;
    this.#heads = heads.filter(({ seq }) => seq > start.seq);
  }

  /** Follows the chain by one row; false when the row breaks it or is not the one that was signed. */
  accepts(row: ChainRow): boolean {
    this.#broken = findBreak(this.end, row);
    if (this.#broken) return false;
    this.rows += 1;
    this.end = { seq: row.seq, at: row.at, hash: row.hash };
    for (let head = this.#nextHead(); head && head.seq <= row.seq; head = this.#nextHead()) {
      this.#compared += 1;
      this.#headBroken = judgeHead(head, row);
      if (this.#headBroken) return false;
    }
    return true;
  }

  /** The log has no more rows: it must have reached the newest, and every row that was signed. */
  finish(newest: number): void {
    const cut = this.#nextHead();
    if (cut) {
      this.#headBroken = `Row ${cut.seq} was signed at ${cut.signedAt}, and the log ends with row ${this.end.seq}: its end was cut off.`;
    } else if (this.end.seq < newest) {
      const seq = this.end.seq + 1;
      this.#broken = {
        seq,
        why: 'gap',
        message: `Row ${seq} is missing, and so are those after it: the newest is row ${newest}.`,
      };
    }
  }

  report({ complete }: { complete: boolean }): ChainReport {
    return {
      ok: !this.#broken && !this.#headBroken,
      rows: this.rows,
      from: this.#from,
      head: this.rows > 0 ? this.end : null,
      broken: this.#broken,
      heads: { compared: this.#compared, broken: this.#headBroken },
      complete,
    };
  }

  #nextHead(): SignedHead | undefined {
    return this.#heads[this.#compared];
  }
}

/** Chunks of rows in order; while the caller works on one, the next is on its way. */
async function* readAhead(database: Queryable, range: Range): AsyncGenerator<ChainRow[]> {
  let ahead = readChunk(database, range);
  try {
    for (;;) {
      const rows = await ahead;
      const last = rows.at(-1);
      if (!last) return;
      ahead = readChunk(database, { ...range, after: last.seq });
      ahead.catch(() => undefined); // it is awaited above or below; until then nobody listens to it
      yield rows;
    }
  } finally {
    await ahead;
  }
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

interface Range {
  after: number;
  newest: number;
  chunkRows: number;
}

type RawRow = [seq: string, at: string, entry: string, prevHash: string, hash: string];

// By number, not by count: numbers have no gap, and so the database uses the index even before it has statistics. Where
// a whole range was removed nothing comes back, which is the gap that `finish` reports.
async function readChunk(database: Queryable, { after, newest, chunkRows }: Range): Promise<ChainRow[]> {
  if (after >= newest) return [];
  const { rows } = await database.query<RawRow>({
    text: `select a.seq::text, audit_time(a.at), a.entry, encode(a.prev_hash, 'hex'), encode(a.hash, 'hex')
           from audit_entry a where a.seq > $1 and a.seq <= least($1::bigint + $3, $2) order by a.seq`,
    values: [after, newest, chunkRows],
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
    const report = await verifyLog(connection, {
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
