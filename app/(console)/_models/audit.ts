import { createHash } from 'node:crypto';
import type { AuditEntry, AuditFilter, AuditModel, AuditRow } from '#components/audit/model.ts';
import { EMPTY, formatAge, formatNumber } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import type { AuditEntry as StoredEntry } from '#lib/domain/audit/entry.ts';
import { routes } from '#lib/routes.ts';
import {
  type AuditPage,
  type ListAuditInput,
  listAudit,
  readAuditHead,
  type AuditRow as StoredRow,
} from '#lib/services/audit/read.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { findPersonId } from '#lib/services/people/find.ts';
import { auditWords, VERB_GROUPS } from './audit-words.ts';
import { within } from './common.ts';

const PAGE = 50;
const HASH_SHOWN = 8;

const OUTCOMES = ['done', 'refused', 'failed'] as const;
const OUTCOME_STATUS = { done: 'ok', refused: 'held', failed: 'critical' } as const satisfies Record<
  StoredEntry['outcome'],
  Status
>;

type Wanted = { [Key in 'q' | 'action' | 'region' | 'outcome' | 'operation' | 'cursor' | 'row']?: string };

/** The log, newest first, a page at a time; one row open when the URL names it. */
export async function auditModel(
  context: VerbContext,
  environment: string,
  wanted: Wanted,
): Promise<AuditModel> {
  const { now, estate } = context;
  const filter = await filterOf(context, wanted);
  const { page, cursor } = await pageOf(context, filter, wanted);
  const head = await readAuditHead(context.database);
  const verified = await lastVerification(context);
  const here = { ...within(estate, environment), ...keep(wanted) };
  const rows = page.rows.map((row) => rowModel(row, here, cursor));
  const opened = isSeq(wanted.row) ? await openRow(context, wanted.row, here, cursor) : null;
  const { actor, verb, outcome, operation, region } = filter;
  const exported = { actor, verb, outcome, operation, region };
  return {
    at: now.toISOString(),
    status: verified === null ? 'unknown' : verified.whole ? 'ok' : 'critical',
    answer: answerOf(head?.seq ?? '0', verified, now),
    chain: {
      status: verified === null ? 'unknown' : verified.whole ? 'ok' : 'critical',
      word: verified === null ? 'not verified yet' : verified.whole ? 'whole' : 'broken',
      detail: head
        ? `head ${head.seq}, ${head.hash.slice(0, HASH_SHOWN)}…${verified ? `, verified ${formatAge((now.getTime() - Date.parse(verified.at)) / 1_000)} ago` : ''}`
        : 'the log is empty',
    },
    filters: filters(
      estate.regions.map(({ code }) => code),
      wanted,
    ),
    query: wanted.q ?? wanted.operation ?? '',
    counts: `${rows.length} rows shown`,
    rows,
    open: opened,
    summary: rows.length > 0 ? `rows ${rows.at(-1)?.row} to ${rows[0]?.row}` : 'no rows',
    newer: isSeq(wanted.cursor) || isSeq(wanted.row) ? routes.audit(here) : null,
    older: page.nextBefore ? routes.audit({ ...here, cursor: page.nextBefore }) : null,
    exports: {
      permission: permits(context.actor.grants, 'audit.export'),
      csv: routes.api.auditExport({ ...exported, format: 'csv' }),
      json: routes.api.auditExport({ ...exported, format: 'json' }),
      label: 'CSV',
    },
    verify: permits(context.actor.grants, 'audit.verify'),
  };
}

type AuditQuery = NonNullable<Parameters<typeof routes.audit>[0]>;

function keep({ cursor: _, row: __, ...rest }: Wanted): Omit<Wanted, 'cursor' | 'row'> {
  return rest;
}

/** Whether a text can number a row: exactly, as JavaScript counts. */
const isSeq = (text: string | undefined): text is string => text !== undefined && /^\d{1,15}$/.test(text);

/**
 * The page that is wanted, and the row it begins before: a row is opened on the page that it was seen on, for the log grows
 * while one reads. A row that was linked alone and is older than the newest page begins its own.
 */
async function pageOf(
  context: VerbContext,
  filter: ListAuditInput,
  wanted: Wanted,
): Promise<{ page: AuditPage; cursor: string | undefined }> {
  const list = (before: string | undefined) =>
    listAudit(context, { ...filter, limit: PAGE, ...(before ? { before } : {}) });
  if (isSeq(wanted.cursor)) return { page: await list(wanted.cursor), cursor: wanted.cursor };
  const newest = await list(undefined);
  const own = isSeq(wanted.row) ? after(wanted.row) : undefined;
  if (own === undefined || newest.rows.some(({ seq }) => seq === wanted.row)) {
    const first = newest.rows[0];
    return { page: newest, cursor: first && after(first.seq) };
  }
  return { page: await list(own), cursor: own };
}

const after = (seq: string) => (BigInt(seq) + 1n).toString();

/** The search field takes an operation, a person, or the beginning of a verb. */
async function filterOf(context: VerbContext, wanted: Wanted): Promise<ListAuditInput> {
  const filter: ListAuditInput = {};
  const operation = wanted.operation ?? wanted.q;
  if (operation && /^OP-\d{1,12}$/i.test(operation)) filter.operation = operation.toUpperCase();
  else if (wanted.q) {
    const person = await findPersonId(context, wanted.q);
    if (person) filter.actor = person;
    else
      filter.verb =
        wanted.q.includes('.') && !wanted.q.endsWith('.') ? wanted.q : `${wanted.q.replace(/\.$/, '')}.`;
  }
  if (wanted.action && VERB_GROUPS.some(({ value }) => value === wanted.action)) filter.verb = wanted.action;
  if (wanted.region) filter.region = wanted.region;
  const outcome = OUTCOMES.find((known) => known === wanted.outcome);
  if (outcome) filter.outcome = outcome;
  return filter;
}

function filters(regions: readonly string[], wanted: Wanted): AuditFilter[] {
  return [
    { name: 'action', label: 'What', value: wanted.action ?? null, options: VERB_GROUPS },
    {
      name: 'outcome',
      label: 'Outcome',
      value: wanted.outcome ?? null,
      options: OUTCOMES.map((value) => ({ value, label: value })),
    },
    {
      name: 'region',
      label: 'Region',
      value: wanted.region ?? null,
      options: regions.map((value) => ({ value, label: value })),
    },
    ...(wanted.operation
      ? [
          {
            name: 'operation',
            label: 'Operation',
            value: wanted.operation,
            options: [{ value: wanted.operation, label: wanted.operation }],
          },
        ]
      : []),
  ];
}

function rowModel(row: StoredRow, here: AuditQuery, cursor: string | undefined): AuditRow {
  const entry = parseEntry(row.entry);
  return {
    row: Number(row.seq),
    href: routes.audit({ ...here, cursor, row: Number(row.seq) }),
    at: `${row.at.slice(0, 23)}Z`,
    actor: row.actorName ?? actorWords(entry.actor),
    action: auditWords(entry.verb),
    verb: entry.verb,
    object: subjectWords(entry, row.subjectName) ?? entry.operation ?? EMPTY,
    region: entry.region ?? null,
    status: OUTCOME_STATUS[entry.outcome],
    outcome: entry.outcome,
    reason: entry.message ?? detailWords(entry.detail),
    hash: row.hash.slice(0, HASH_SHOWN),
  };
}

/** The database checks verb, actor and outcome of every row; the rest is optional. */
function parseEntry(text: string): StoredEntry {
  return JSON.parse(text) as StoredEntry;
}

function actorWords({ kind, id }: StoredEntry['actor']): string {
  if (kind === 'local') return `${id.replace(/^local:/, '')}, on the server`;
  return `${kind} ${shortId(id)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const shortId = (id: string) => (UUID.test(id) ? id.slice(0, 8) : id);

/** "person Vera Lund", "session 6f136fd0", "OP-1042": the whole id stands in the opened row. */
function subjectWords({ subject }: StoredEntry, name: string | null): string | null {
  const [kind, ...rest] = subject?.split('/') ?? [];
  const id = rest.join('/');
  if (!kind || id === '') return subject ?? null;
  return kind === 'operation' ? id : `${kind} ${name ?? rest.map(shortId).join(', ')}`;
}

const SHOWN_DETAILS = ['title', 'reason', 'decision', 'note', 'role', 'step'] as const;

function detailWords(detail: Record<string, unknown> | undefined): string {
  for (const key of SHOWN_DETAILS) {
    const value = detail?.[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

async function openRow(
  context: VerbContext,
  seq: string,
  here: AuditQuery,
  cursor: string | undefined,
): Promise<AuditEntry | null> {
  const { rows } = await listAudit(context, { before: after(seq), limit: 1 });
  const row = rows[0];
  if (!row || row.seq !== seq) return null;
  const entry = parseEntry(row.entry);
  const operation = entry.operation;
  return {
    row: Number(seq),
    canonical: row.entry,
    hash: row.hash,
    previousHash: row.prevHash,
    recomputed: recompute(row) === row.hash ? 'equal' : 'different',
    facts: [
      { term: 'Time', description: row.at },
      { term: 'Actor', description: `${row.actorName ?? ''} ${entry.actor.kind} ${entry.actor.id}`.trim() },
      { term: 'Act', description: auditWords(entry.verb) },
      { term: 'Verb', description: entry.verb },
      ...(entry.subject ? [{ term: 'Subject', description: entry.subject }] : []),
      { term: 'Outcome', description: entry.message ? `${entry.outcome}: ${entry.message}` : entry.outcome },
      ...(entry.rule ? [{ term: 'Rule', description: entry.rule }] : []),
      ...(entry.via ? [{ term: 'Through', description: entry.via }] : []),
      ...(entry.requestId ? [{ term: 'Request', description: entry.requestId }] : []),
    ],
    operation: operation
      ? {
          id: operation,
          href: routes.audit({ environment: here.environment, operation }),
          rows: (await listAudit(context, { operation, limit: 1_000 })).rows.length,
        }
      : null,
    closeHref: routes.audit({ ...here, cursor }),
  };
}

/** SHA-256 of previous hash, number as eight bytes, time text and entry: what `audit_append` stored (docs/adr/0002). */
function recompute(row: StoredRow): string {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(BigInt(row.seq));
  return createHash('sha256')
    .update(Buffer.from(row.prevHash, 'hex'))
    .update(number)
    .update(row.at)
    .update(row.entry)
    .digest('hex');
}

interface Verification {
  at: string;
  whole: boolean;
}

/** The newest verification that somebody ran, as the log itself tells. */
async function lastVerification(context: VerbContext): Promise<Verification | null> {
  const { rows } = await listAudit(context, { verb: 'audit.verify', limit: 1 });
  const row = rows[0];
  if (!row) return null;
  const { outcome, detail } = parseEntry(row.entry);
  return { at: `${row.at.slice(0, 23)}Z`, whole: outcome === 'done' && detail?.ok !== false };
}

function answerOf(seq: string, verified: Verification | null, now: Date): string {
  const rows = `${formatNumber(Number(seq))} ${seq === '1' ? 'row' : 'rows'}`;
  if (!verified) return `${rows}, not verified yet.`;
  const age = formatAge((now.getTime() - Date.parse(verified.at)) / 1_000);
  return verified.whole
    ? `The chain was whole ${age} ago; ${rows} now.`
    : `The chain is broken: verified ${age} ago.`;
}
