import { z } from 'zod';
import type { Database } from '../../data/database.ts';
import { defineVerb } from '../verb.ts';
import { auditFilter, ListAuditInput } from './read.ts';

export const ExportAuditInput = ListAuditInput.omit({ before: true, limit: true }).extend({
  format: z.enum(['csv', 'json'], 'is not csv or json').default('csv'),
});
export type ExportAuditInput = z.output<typeof ExportAuditInput>;

const CHUNK_ROWS = 2_000;

export interface AuditExport {
  format: 'csv' | 'json';
  fileName: string;
  contentType: string;
  filter: ExportAuditInput;
  /** Newest row at the time of asking; later ones are left out. */
  upTo: string;
}

/** Records that the log is exported, and by which filter; `streamAudit` then reads it. */
export const exportAudit = defineVerb({
  name: 'audit.export',
  action: 'audit.export',
  input: ExportAuditInput,
  async run(context, input, connection) {
    const { rows } = await connection.query<{ seq: string }>(
      'select coalesce(max(seq), 0)::text as seq from audit_entry',
    );
    const upTo = rows[0]?.seq ?? '0';
    const result: AuditExport = {
      format: input.format,
      fileName: `audit-${context.now.toISOString().slice(0, 10)}.${input.format === 'csv' ? 'csv' : 'jsonl'}`,
      contentType: input.format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/jsonl',
      filter: input,
      upTo,
    };
    return { result, detail: { upTo, filter: input } };
  },
});

interface ExportRow {
  seq: string;
  at: string;
  entry: string;
  prevHash: string;
  hash: string;
}

/**
 * The export as text, oldest first, a chunk of rows at a time. JSON lines hold exactly what was hashed, so that they can
 * be verified without this program; in CSV a cell that a spreadsheet would compute is prefixed with an apostrophe.
 */
export async function* streamAudit(
  database: Database,
  { filter, format, upTo }: AuditExport,
): AsyncGenerator<string> {
  if (format === 'csv') yield `${COLUMNS.map(({ title }) => title).join(',')}\r\n`;
  let after = '0';
  for (;;) {
    const { conditions, values } = auditFilter(filter);
    const bound = (value: unknown) => `$${values.push(value)}`;
    const { rows } = await database.pool.query<ExportRow>(
      `select a.seq::text, audit_time(a.at) as at, a.entry, encode(a.prev_hash, 'hex') as "prevHash", encode(a.hash, 'hex') as hash
       from audit_entry a
       where ${[...conditions, `a.seq > ${bound(after)}`, `a.seq <= ${bound(upTo)}`].join(' and ')}
       order by a.seq limit ${bound(CHUNK_ROWS)}`,
      values,
    );
    if (rows.length > 0) yield rows.map(format === 'csv' ? csvLine : jsonLine).join('');
    const last = rows.at(-1);
    if (!last || rows.length < CHUNK_ROWS) return;
    after = last.seq;
  }
}

function jsonLine({ seq, at, entry, prevHash, hash }: ExportRow): string {
  return `${JSON.stringify({ seq: Number(seq), at, entry, prevHash, hash })}\n`;
}

const COLUMNS: { title: string; cell: (row: ExportRow, entry: Record<string, unknown>) => unknown }[] = [
  { title: 'seq', cell: (row) => row.seq },
  { title: 'at', cell: (row) => row.at },
  { title: 'actor_kind', cell: (_, entry) => (entry.actor as { kind?: string } | undefined)?.kind },
  { title: 'actor_id', cell: (_, entry) => (entry.actor as { id?: string } | undefined)?.id },
  { title: 'verb', cell: (_, entry) => entry.verb },
  { title: 'outcome', cell: (_, entry) => entry.outcome },
  { title: 'subject', cell: (_, entry) => entry.subject },
  { title: 'operation', cell: (_, entry) => entry.operation },
  { title: 'environment', cell: (_, entry) => entry.environment },
  { title: 'region', cell: (_, entry) => entry.region },
  { title: 'rule', cell: (_, entry) => entry.rule },
  { title: 'message', cell: (_, entry) => entry.message },
  { title: 'via', cell: (_, entry) => entry.via },
  { title: 'request_id', cell: (_, entry) => entry.requestId },
  { title: 'detail', cell: (_, entry) => (entry.detail === undefined ? '' : JSON.stringify(entry.detail)) },
  { title: 'hash', cell: (row) => row.hash },
];

function csvLine(row: ExportRow): string {
  const entry: Record<string, unknown> = JSON.parse(row.entry);
  return `${COLUMNS.map(({ cell }) => csvCell(cell(row, entry))).join(',')}\r\n`;
}

/** Quoted as RFC 4180 asks. What begins like a formula is prefixed, or a spreadsheet would run it (OWASP, CSV injection). */
export function csvCell(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
