import { z } from 'zod';
import type { VerbContext } from '../context.ts';
import { encodeCursor, UuidCursor } from '../cursor.ts';
import { assertPermitted, parseInput } from '../verb.ts';

export const ApprovalHistoryInput = z.strictObject({
  person: z.uuid('is not a person’s id'),
  environment: z.string().max(40).optional(),
  cursor: UuidCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface HistoryEntry {
  /** Of the decision; of a request, one that is its own. */
  id: string;
  at: Date;
  what: 'requested' | 'approve' | 'reject' | 'ask-changes';
  reason: string;
  /** Whose approval it is, where it was given as a delegate, or by one. */
  inNameOf: { id: string; name: string } | null;
  by: { id: string; name: string };
  operation: { id: string; title: string; environment: string; state: string; outcome: string | null };
}

// A request's place in the list is a uuid made of its number, so that one keyset runs over requests and decisions.
const HISTORY = `
  with entry as (
    select ('00000000-0000-0000-0000-' || lpad(substr(o.id, 4), 12, '0'))::uuid as id, o.created_at as at,
      'requested' as what, o.reason, null::uuid as principal, o.requested_by as person, o.id as operation
    from operation o where o.requested_by = $1
    union all
    select d.id, d.decided_at, d.decision, d.reason, d.in_name_of, d.person_id, d.operation_id
    from approval_decision d where d.person_id = $1 or d.in_name_of = $1)
  select e.id, e.at, e.what, e.reason, e.operation as "operationId", o.title, o.environment, o.state, o.outcome,
    p.id as "byId", p.name as "byName", n.id as "forId", n.name as "forName"
  from entry e join operation o on o.id = e.operation join person p on p.id = e.person
    left join person n on n.id = e.principal
  where ($2::text is null or o.environment = $2)
    and ($3::timestamptz is null or (date_trunc('milliseconds', e.at), e.id) < ($3, $4::uuid))
  order by date_trunc('milliseconds', e.at) desc, e.id desc limit $5`;

interface Row {
  id: string;
  at: Date;
  what: HistoryEntry['what'];
  reason: string;
  operationId: string;
  title: string;
  environment: string;
  state: string;
  outcome: string | null;
  byId: string;
  byName: string;
  forId: string | null;
  forName: string | null;
}

/** What a person asked for and decided, and what was decided in their name, newest first, a page at a time. */
export async function listApprovalHistory(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: HistoryEntry[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const { person, environment, cursor, limit } = parseInput(ApprovalHistoryInput, raw);
  const { rows } = await context.database.pool.query<Row>(HISTORY, [
    person,
    environment ?? null,
    cursor?.at ?? null,
    cursor?.id ?? null,
    limit + 1,
  ]);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => ({
      id: row.id,
      at: row.at,
      what: row.what,
      reason: row.reason,
      inNameOf: row.forId === null || row.forName === null ? null : { id: row.forId, name: row.forName },
      by: { id: row.byId, name: row.byName },
      operation: {
        id: row.operationId,
        title: row.title,
        environment: row.environment,
        state: row.state,
        outcome: row.outcome,
      },
    })),
    nextCursor: rows.length > limit && last ? encodeCursor(last.at, last.id) : null,
  };
}
