import { createHmac } from 'node:crypto';
import { notificationText } from '../../services/notifications/words.ts';
import type { Delivery, Message, MessageOptions } from './message.ts';

/** Our own form: the payload whole, told as a sentence too, under a signature of the body. */
export function signedMessage(delivery: Delivery, { now }: MessageOptions): Message {
  const body = JSON.stringify({
    id: delivery.id,
    topic: delivery.topic,
    createdAt: delivery.createdAt.toISOString(),
    text: notificationText(delivery.topic, delivery.payload),
    data: delivery.payload,
  });
  return {
    url: delivery.url,
    body,
    headers: { 'meridian-signature': signature(body, delivery.secret, now) },
  };
}

/** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, as a receiver computes it to compare. */
export function signature(body: string, secret: string, at: Date): string {
  const time = Math.floor(at.getTime() / 1_000);
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}
