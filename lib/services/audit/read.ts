import { z } from 'zod';
import type { Database } from '../../data/database.ts';
import type { VerbContext } from '../context.ts';
import { Instant } from '../instant.ts';
import { assertPermitted, parseInput } from '../verb.ts';

export const ListAuditInput = z.strictObject({
  actor: z.string().max(80).optional(),
  /** Exact verb, or a prefix that ends in a dot: `operation.`. */
  verb: z.string().max(80).optional(),
  outcome: z.enum(['done', 'refused', 'failed']).optional(),
  operation: z
    .string()
    .regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001')
    .optional(),
  environment: z.string().max(40).optional(),
  region: z.string().max(40).optional(),
  from: Instant.optional(),
  to: Instant.optional(),
  /** Rows before this number, for paging back in time. */
  before: z
    .string()
    .regex(/^\d{1,18}$/, 'is not the number of a row')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
});
export type ListAuditInput = z.input<typeof ListAuditInput>;

export interface AuditRow {
  seq: string;
  /** UTC, microseconds: exactly the text that is hashed. */
  at: string;
  /** Canonical JSON, as stored. */
  entry: string;
  hash: string;
  prevHash: string;
  /** Who the actor's id is now called; null for no person. */
  actorName: string | null;
  /** What the subject's id is now called, for a person, a token or a webhook; null for anything else. */
  subjectName: string | null;
}

export interface AuditPage {
  rows: AuditRow[];
  /** What the next older page asks for as `before`; null at the end of the log. */
  nextBefore: string | null;
}

/** Rows of the log, newest first; a person's name is joined here, never stored in the chain. */
export async function listAudit(context: VerbContext, raw: unknown): Promise<AuditPage> {
  assertPermitted(context, 'audit.read', {});
  const input = parseInput(ListAuditInput, raw);
  return queryAudit(context.database, input);
}

async function queryAudit(database: Database, input: z.output<typeof ListAuditInput>): Promise<AuditPage> {
  const { conditions, values } = auditFilter(input);
  if (input.before !== undefined) conditions.push(`a.seq < $${values.push(input.before)}`);
  values.push(input.limit + 1);
  const { rows } = await database.pool.query<Omit<AuditRow, 'subjectName'>>(
    `select a.seq::text, audit_time(a.at) as at, a.entry, encode(a.hash, 'hex') as hash, encode(a.prev_hash, 'hex') as "prevHash",
       coalesce(p.name, (select o.name || ', token ' || t.name from api_token t join person o on o.id = t.owner_id where t.id::text = a.actor_id)) as "actorName"
     from audit_entry a left join person p on p.id::text = a.actor_id
     ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by a.seq desc limit $${values.length}`,
    values,
  );
  const page = await withSubjectNames(database, rows.slice(0, input.limit));
  return { rows: page, nextBefore: rows.length > input.limit ? (page.at(-1)?.seq ?? null) : null };
}

const NAMED_SUBJECT = /"subject":"(?:person|token|webhook)\/([0-9a-f-]{36})"/;

/** One query for the names of a whole page. */
async function withSubjectNames(
  database: Database,
  rows: readonly Omit<AuditRow, 'subjectName'>[],
): Promise<AuditRow[]> {
  const idOf = ({ entry }: { entry: string }) => NAMED_SUBJECT.exec(entry)?.[1];
  const ids = [...new Set(rows.flatMap((row) => idOf(row) ?? []))];
  if (ids.length === 0) return rows.map((row) => ({ ...row, subjectName: null }));
  const found = await database.pool.query<{ id: string; name: string }>(
    `select id::text, name from person where id = any($1::uuid[])
     union all select id::text, name from api_token where id = any($1::uuid[])
     union all select id::text, name from webhook where id = any($1::uuid[])`,
    [ids],
  );
  const names = new Map(found.rows.map(({ id, name }) => [id, name]));
  return rows.map((row) => ({ ...row, subjectName: names.get(idOf(row) ?? '') ?? null }));
}

/** Conditions on `audit_entry a` and their values, for what a reader may filter by. */
export function auditFilter(input: Omit<z.output<typeof ListAuditInput>, 'before' | 'limit'>): {
  conditions: string[];
  values: unknown[];
} {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: (place: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  add((p) => `a.actor_id = ${p}`, input.actor);
  if (input.verb?.endsWith('.')) add((p) => `starts_with(a.verb, ${p})`, input.verb);
  else add((p) => `a.verb = ${p}`, input.verb);
  add((p) => `a.outcome = ${p}`, input.outcome);
  add((p) => `a.operation_id = ${p}`, input.operation);
  add((p) => `a.environment = ${p}`, input.environment);
  add((p) => `a.region = ${p}`, input.region);
  add((p) => `a.at >= ${p}`, input.from);
  add((p) => `a.at < ${p}`, input.to);
  return { conditions, values };
}

/** Number, time and hash of the newest row; null while the log is empty. */
export async function readAuditHead(
  database: Database,
): Promise<{ seq: string; at: string; hash: string } | null> {
  const { rows } = await database.pool.query<{ seq: string; at: string; hash: string }>(
    `select a.seq::text, audit_time(a.at) as at, encode(a.hash, 'hex') as hash from audit_entry a order by a.seq desc limit 1`,
  );
  return rows[0] ?? null;
}
