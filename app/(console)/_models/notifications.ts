import type { NotificationsModel } from '#components/settings/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { WEBHOOK_KINDS, type WebhookKind } from '#lib/domain/webhook/kind.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listDeadLetters } from '#lib/services/notifications/dead-letters.ts';
import { NOTIFICATION_TOPICS } from '#lib/services/notifications/enqueue.ts';
import { listWebhooks, type WebhookSummary } from '#lib/services/webhooks/webhooks.ts';

const KINDS = {
  signed: 'signed webhook',
  slack: 'Slack',
  pagerduty: 'PagerDuty',
} as const satisfies Record<WebhookKind, string>;

const LETTERS = 25;

/** Where notifications go, and what could not be delivered. */
export async function notificationsModel(
  context: VerbContext,
  here: { environment?: string },
  before: string | undefined,
): Promise<NotificationsModel> {
  const may = permits(context.actor.grants, 'webhook.change');
  const { items } = await listWebhooks(context);
  const page = await listDeadLetters(context, {
    limit: LETTERS,
    ...(before && /^[1-9]\d{0,17}$/.test(before) ? { before } : {}),
  });
  return {
    webhooks: items.map((webhook) => ({
      id: webhook.id,
      name: webhook.name,
      kind: KINDS[webhook.kind],
      url: webhook.url,
      topics: webhook.topics.includes('*') ? 'everything' : webhook.topics.join(', '),
      ...stateOf(webhook),
      delivered: webhook.delivered,
      waiting: webhook.waiting,
      dead: webhook.dead,
      lastError: webhook.lastError,
      disable: webhook.disabledAt ? { allowed: false, reason: 'It is disabled already.' } : may,
    })),
    letters: page.items.map((letter) => ({
      id: letter.id,
      webhook: letter.webhook.name,
      text: letter.text,
      deadAt: letter.deadAt.toISOString(),
      attempts: letter.attempts,
      lastError: letter.lastError ?? '',
      redeliver:
        may.allowed && letter.webhook.disabledAt
          ? { allowed: false, reason: 'Its webhook is disabled. Make another, or discard it.' }
          : may,
      discard: may,
    })),
    kinds: WEBHOOK_KINDS.map((kind) => ({ value: kind, label: KINDS[kind] })),
    topics: NOTIFICATION_TOPICS,
    create: may,
    newer: before ? routes.settings({ ...here, tab: 'notifications' }) : null,
    older: page.nextBefore
      ? routes.settings({ ...here, tab: 'notifications', before: page.nextBefore })
      : null,
  };
}

function stateOf({
  disabledAt,
  dead,
  waiting,
  lastError,
}: WebhookSummary): Pick<NotificationsModel['webhooks'][number], 'status' | 'word'> {
  if (disabledAt) return { status: 'held', word: 'disabled' };
  if (dead > 0) return { status: 'critical', word: 'not reached' };
  return waiting > 0 && lastError !== null
    ? { status: 'warning', word: 'tries again' }
    : { status: 'ok', word: 'delivers' };
}

/** The answer of the tab. */
export function notificationsAnswer({ webhooks, letters }: NotificationsModel): string {
  const open = webhooks.filter(({ word }) => word !== 'disabled').length;
  if (letters.length > 0)
    return letters.length === 1
      ? 'One notification could not be delivered.'
      : `${letters.length} notifications could not be delivered.`;
  return open === 0
    ? 'Nobody is told of what happens.'
    : `${open} ${open === 1 ? 'webhook is' : 'webhooks are'} told, and all of it arrived.`;
}
