import type pg from 'pg';
import { type AuditEntry, encodeAuditEntry } from '#lib/domain/audit/entry.ts';

type Queryable = Pick<pg.ClientBase, 'query'>;

/** Appends one entry to the chain, in the caller's transaction if there is one. Resolves with its number. */
export async function appendAudit(connection: Queryable, entry: AuditEntry): Promise<bigint> {
  const { rows } = await connection.query<{ seq: string }>({
    name: 'audit-append',
    text: 'select audit_append($1) as seq',
    values: [encodeAuditEntry(entry)],
  });
  return BigInt(rows[0]?.seq ?? 0);
}

export type ChangeTopic =
  | 'operation'
  | 'approval'
  | 'observation'
  | 'freeze'
  | 'audit'
  | 'people'
  | 'collector'
  | 'recovery'
  | 'release'
  | 'estate';

/** Tells open consoles that something changed; ids only. Rings when the transaction commits. */
export async function announceChange(connection: Queryable, topic: ChangeTopic, ref: string): Promise<void> {
  await connection.query({
    name: 'change-insert',
    text: 'insert into change (topic, ref) values ($1, $2)',
    values: [topic, ref],
  });
}
