import { alertOf } from '#lib/domain/webhook/alert.ts';
import { notificationText } from '../../services/notifications/words.ts';
import { type Delivery, type Message, type MessageOptions, pageOf } from './message.ts';

/** Limits of the Events API v2. */
const MOST_SUMMARY = 1_024;
const MOST_KEY = 255;

/** An event of PagerDuty's Events API v2; null for a notification that is no alert. */
export function pagerdutyMessage(delivery: Delivery, options: MessageOptions): Message | null {
  const alert = alertOf(delivery.topic, delivery.payload);
  if (!alert) return null;
  const page = pageOf(delivery, options);
  return {
    url: delivery.url,
    headers: {},
    body: JSON.stringify({
      routing_key: delivery.secret,
      event_action: alert.action,
      dedup_key: `meridian/${delivery.webhookId}/${alert.key}`.slice(0, MOST_KEY),
      payload: {
        summary: notificationText(delivery.topic, delivery.payload).slice(0, MOST_SUMMARY),
        source: options.consoleUrl === null ? 'meridian' : new URL(options.consoleUrl).host,
        severity: alert.severity,
        timestamp: delivery.createdAt.toISOString(),
        component: alert.key,
        class: delivery.topic,
        custom_details: delivery.payload,
      },
      client: 'Meridian',
      ...(page === null ? {} : { client_url: page, links: [{ href: page, text: 'Open in Meridian' }] }),
    }),
  };
}
