import type pg from 'pg';
import { z } from 'zod';
import { ConflictError, NotFoundError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted, defineVerb, parseInput } from '../verb.ts';
import { notificationText } from './words.ts';

const letterId = z.string().regex(/^[1-9]\d{0,17}$/, 'is not the number of a notification');

export const ListDeadLettersInput = z.strictObject({
  webhook: z.uuid('is not a webhook’s id').optional(),
  /** Number of the last one of the page before. */
  before: letterId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface DeadLetter {
  id: string;
  webhook: { id: string; name: string; kind: string; disabledAt: Date | null };
  topic: string;
  /** As a sentence. */
  text: string;
  createdAt: Date;
  deadAt: Date;
  attempts: number;
  lastError: string | null;
}

/** Notifications that were given up and not looked at yet, newest first, a page at a time. */
export async function listDeadLetters(
  context: VerbContext,
  raw: unknown = {},
): Promise<{ items: DeadLetter[]; nextBefore: string | null }> {
  assertPermitted(context, 'read', {});
  const { webhook, before, limit } = parseInput(ListDeadLettersInput, raw);
  const rows = await context.database.prisma.notification.findMany({
    where: {
      deadAt: { not: null },
      discardedAt: null,
      ...(webhook ? { webhookId: webhook } : {}),
      ...(before ? { id: { lt: BigInt(before) } } : {}),
    },
    include: { webhook: { select: { id: true, name: true, kind: true, disabledAt: true } } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  return {
    items: page.map((row) => ({
      id: String(row.id),
      webhook: row.webhook,
      topic: row.topic,
      text: notificationText(row.topic, row.payload),
      createdAt: row.createdAt,
      deadAt: row.deadAt ?? row.createdAt,
      attempts: row.attempts,
      lastError: row.lastError,
    })),
    nextBefore: rows.length > limit ? String(page.at(-1)?.id ?? '') : null,
  };
}

export const DeadLetterInput = z.strictObject({ id: letterId });

/** Puts a dead letter back into the outbox, to be tried from the beginning. */
export const redeliverNotification = defineVerb({
  name: 'notification.redeliver',
  action: 'webhook.change',
  input: DeadLetterInput,
  scope: ({ id }) => ({ subject: `notification/${id}` }),
  async run(context, { id }, connection) {
    const letter = await readLetter(connection, id);
    if (letter.disabled)
      throw new RefusedError(
        'webhook-disabled',
        `Notification ${id} was not sent again: its webhook ${letter.name} is disabled. Make another, or discard it.`,
      );
    await connection.query(
      `update notification set dead_at = null, attempts = 0, next_attempt_at = $2, last_error = null where id = $1`,
      [id, context.now],
    );
    return outcomeOf(id, letter);
  },
});

/** Looked at, and not sent again: it leaves the list and stays in the database. */
export const discardNotification = defineVerb({
  name: 'notification.discard',
  action: 'webhook.change',
  input: DeadLetterInput,
  scope: ({ id }) => ({ subject: `notification/${id}` }),
  async run(context, { id }, connection) {
    const letter = await readLetter(connection, id);
    await connection.query('update notification set discarded_at = $2, discarded_by = $3 where id = $1', [
      id,
      context.now,
      context.actor.audit.id,
    ]);
    return outcomeOf(id, letter);
  },
});

interface Letter {
  webhookId: string;
  name: string;
  topic: string;
  disabled: boolean;
}

/** The letter, locked. Throws NotFoundError where there is none, ConflictError where it is none any more. */
async function readLetter(connection: pg.PoolClient, id: string): Promise<Letter> {
  const { rows } = await connection.query<Letter & { dead: boolean }>(
    `select n.webhook_id as "webhookId", w.name, n.topic, w.disabled_at is not null as disabled,
       n.dead_at is not null and n.discarded_at is null as dead
     from notification n join webhook w on w.id = n.webhook_id where n.id = $1 for update of n`,
    [id],
  );
  const letter = rows[0];
  if (!letter) throw new NotFoundError(`There is no notification ${id}.`);
  if (!letter.dead)
    throw new ConflictError(`Notification ${id} is no dead letter any more. Read the list again.`);
  return letter;
}

function outcomeOf(id: string, { webhookId, topic }: Letter) {
  return {
    result: { id },
    detail: { webhook: webhookId, topic },
    changes: [{ topic: 'people' as const, ref: `webhook/${webhookId}` }],
  };
}
