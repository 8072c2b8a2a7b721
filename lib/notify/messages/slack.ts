import { notificationText } from '../../services/notifications/words.ts';
import { type Delivery, type Message, type MessageOptions, pageOf } from './message.ts';

/** Longest text that a section block takes. */
const MOST_CHARACTERS = 2_900;

/** Slack's incoming webhook, and what understands the same: a sentence, what it is about, a way to the page. */
export function slackMessage(delivery: Delivery, options: MessageOptions): Message {
  const text = notificationText(delivery.topic, delivery.payload);
  const page = pageOf(delivery, options);
  const blocks = [
    { type: 'section', text: { type: 'mrkdwn', text: escaped(text).slice(0, MOST_CHARACTERS) } },
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: contextOf(delivery).map(escaped).join(' · ') }],
    },
    ...(page === null
      ? []
      : [
          {
            type: 'actions',
            elements: [
              {
                type: 'button',
                text: { type: 'plain_text', text: 'Open in Meridian' },
                url: page,
                action_id: 'open',
              },
            ],
          },
        ]),
  ];
  return { url: delivery.secret, headers: {}, body: JSON.stringify({ text: escaped(text), blocks }) };
}

function contextOf({ topic, payload, createdAt }: Delivery): string[] {
  const data: Readonly<Record<string, unknown>> =
    typeof payload === 'object' && payload !== null ? { ...payload } : {};
  const named = ['environment', 'operation', 'region', 'risk'].flatMap((field) => {
    const value = data[field];
    return typeof value === 'string' && value !== '' ? value : [];
  });
  return [topic, ...named, createdAt.toISOString()];
}

/** Slack's control characters: what people wrote mentions nobody and links nowhere. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
