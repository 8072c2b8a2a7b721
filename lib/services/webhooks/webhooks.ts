import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { permits } from '#lib/domain/access/access.ts';
import { WEBHOOK_KINDS, type WebhookKind } from '#lib/domain/webhook/kind.ts';
import { judgeUrl } from '#lib/domain/webhook/target.ts';
import { env } from '../../env.ts';
import { ConflictError, NotFoundError, UnavailableError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { NOTIFICATION_TOPICS } from '../notifications/enqueue.ts';
import { assertPermitted, defineVerb, parseInput } from '../verb.ts';
import { seal } from './seal.ts';

const MOST_WEBHOOKS = 20;

const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';

export const CreateWebhookInput = z
  .strictObject({
    kind: z.enum(WEBHOOK_KINDS, `is not one of ${WEBHOOK_KINDS.join(', ')}`).default('signed'),
    name: z.string().trim().min(1, 'is missing').max(80, 'is over 80 characters'),
    url: z
      .string()
      .trim()
      .max(1_000, 'is over 1,000 characters')
      .optional()
      .describe('PagerDuty’s own for pagerduty where it is left out; of slack it is the secret'),
    routingKey: z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9]{32}$/, 'is not an integration key: 32 letters and digits')
      .optional()
      .describe('of the PagerDuty service; stored sealed, never shown again'),
    /** `*` for every topic. */
    topics: z
      .array(z.enum(['*', ...NOTIFICATION_TOPICS], `is not one of *, ${NOTIFICATION_TOPICS.join(', ')}`))
      .min(1, 'names no topic')
      .max(20),
  })
  .superRefine(({ kind, url, routingKey }, issues) => {
    const missing = (path: string) =>
      issues.addIssue({ code: 'custom', path: [path], message: 'is missing' });
    if (kind !== 'pagerduty' && url === undefined) missing('url');
    if (kind === 'pagerduty' && routingKey === undefined) missing('routingKey');
    if (kind !== 'pagerduty' && routingKey !== undefined)
      issues.addIssue({ code: 'custom', path: ['routingKey'], message: 'is of the kind pagerduty alone' });
  });

/**
 * Sends notifications of these topics to a URL from now on. The secret that signs them is in the answer and shown only here;
 * Slack's URL and PagerDuty's key are sealed and never shown again.
 */
export const createWebhook = defineVerb({
  name: 'webhook.create',
  action: 'webhook.change',
  input: CreateWebhookInput,
  async run(context, input) {
    const url = input.url ?? PAGERDUTY_URL;
    const verdict = judgeUrl(url, { loopback: env().MERIDIAN_LAB === 'on' });
    if (!verdict.allowed) throw new ValidationError('No webhook was made.', { url: verdict.reason });
    const open = await context.database.prisma.webhook.count({ where: { disabledAt: null } });
    if (open >= MOST_WEBHOOKS)
      throw new ConflictError(`There are ${open} webhooks, the most there may be. Disable one first.`);
    const id = randomUUID();
    const { kept, shown } = secretOf(input.kind, url, input.routingKey);
    await context.database.prisma.webhook.create({
      data: {
        id,
        kind: input.kind,
        name: input.name,
        url: input.kind === 'slack' ? withoutPath(url) : url,
        secret: new Uint8Array(seal(kept, sealingSecret(), id)),
        topics: [...new Set(input.topics)],
        createdBy: context.actor.audit.id,
        createdAt: context.now,
      },
    });
    return {
      result: { id, kind: input.kind, secret: shown },
      subject: `webhook/${id}`,
      detail: { kind: input.kind, host: new URL(url).host, topics: input.topics },
      changes: [{ topic: 'people', ref: `webhook/${id}` }],
    };
  },
});

/** What is sealed with the webhook, and what of it the answer shows: only what we made ourselves. */
function secretOf(
  kind: WebhookKind,
  url: string,
  routingKey: string | undefined,
): { kept: string; shown: string | null } {
  if (kind === 'slack') return { kept: url, shown: null };
  if (kind === 'pagerduty') return { kept: routingKey ?? '', shown: null };
  const made = `whsec_${randomBytes(32).toString('base64url')}`;
  return { kept: made, shown: made };
}

const withoutPath = (url: string) => `${new URL(url).origin}/…`;

export const WebhookInput = z.strictObject({ id: z.uuid('is not a webhook’s id') });

/** Stops sending to a webhook for good; what waits for it, or could not be delivered, is dropped. */
export const disableWebhook = defineVerb({
  name: 'webhook.disable',
  action: 'webhook.change',
  input: WebhookInput,
  scope: ({ id }) => ({ subject: `webhook/${id}` }),
  async run(context, { id }, connection) {
    const known = await context.database.prisma.webhook.findUnique({ where: { id }, select: { id: true } });
    if (!known) throw new NotFoundError(`There is no webhook ${id}.`);
    const { count } = await context.database.prisma.webhook.updateMany({
      where: { id, disabledAt: null },
      data: { disabledAt: context.now },
    });
    if (count !== 1) throw new ConflictError('The webhook is disabled already.');
    const dropped = await connection.query(
      `update notification set dead_at = coalesce(dead_at, $2), discarded_at = $2, discarded_by = $3,
         last_error = case when dead_at is null then 'the webhook was disabled' else last_error end
       where webhook_id = $1 and delivered_at is null and discarded_at is null`,
      [id, context.now, context.actor.audit.id],
    );
    return {
      result: { id },
      detail: { dropped: dropped.rowCount ?? 0 },
      changes: [{ topic: 'people', ref: `webhook/${id}` }],
    };
  },
});

export interface WebhookSummary {
  id: string;
  kind: WebhookKind;
  name: string;
  url: string;
  topics: string[];
  createdAt: Date;
  disabledAt: Date | null;
  /** Of the last 30 days. */
  delivered: number;
  waiting: number;
  /** Given up, and neither sent again nor discarded. */
  dead: number;
  lastDeliveredAt: Date | null;
  lastError: string | null;
}

/** Webhooks with how their deliveries go. Never a secret; the path of a URL, which often is one, only to who may change them. */
export async function listWebhooks(
  context: VerbContext,
  raw: unknown = {},
): Promise<{ items: WebhookSummary[] }> {
  assertPermitted(context, 'read', {});
  parseInput(z.strictObject({}), raw);
  const { rows } = await context.database.pool.query<WebhookSummary>(
    `select w.id, w.kind, w.name, w.url, w.topics, w.created_at as "createdAt", w.disabled_at as "disabledAt",
       n.delivered, n.waiting, n.dead, n."lastDeliveredAt", n."lastError"
     from webhook w cross join lateral (
       select count(*) filter (where delivered_at is not null)::int as delivered,
         count(*) filter (where delivered_at is null and dead_at is null)::int as waiting,
         count(*) filter (where dead_at is not null and discarded_at is null)::int as dead, max(delivered_at) as "lastDeliveredAt",
         (array_agg(last_error order by id desc) filter (where last_error is not null))[1] as "lastError"
       from notification where webhook_id = w.id and created_at > $1::timestamptz - interval '30 days') n
     order by w.disabled_at nulls first, w.created_at desc limit 100`,
    [context.now],
  );
  const mayChange = permits(context.actor.grants, 'webhook.change').allowed;
  return {
    items: rows.map((row) =>
      mayChange || row.kind === 'slack' ? row : { ...row, url: withoutPath(row.url) },
    ),
  };
}

/** What secrets of webhooks are sealed with. Throws UnavailableError where it is not set. */
function sealingSecret(): string {
  const secret = env().MERIDIAN_SECRET;
  if (!secret)
    throw new UnavailableError('No webhook was made: MERIDIAN_SECRET, which seals its secret, is not set.');
  return secret;
}
