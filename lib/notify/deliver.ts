import { createHmac } from 'node:crypto';
import { type LookupAddress, lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { judgeAddress, judgeUrl } from '#lib/domain/webhook/target.ts';
import { notificationText } from '../services/notifications/words.ts';

export interface Delivery {
  id: string;
  topic: string;
  payload: unknown;
  createdAt: Date;
  url: string;
  /** Signs the body. */
  secret: string;
}

export interface DeliverOptions {
  /** Whether this machine itself may be a target: with the lab only. */
  loopback: boolean;
  timeoutMs: number;
  now: () => Date;
}

/**
 * Posts one notification and resolves once the receiver has answered 2xx. Throws a sentence otherwise: another status,
 * a redirect (never followed), no answer in time, or an address of the inner network. The resolved address is judged
 * and then used, so a name cannot change its mind between the two.
 */
export async function deliver(delivery: Delivery, options: DeliverOptions): Promise<void> {
  const verdict = judgeUrl(delivery.url, options);
  if (!verdict.allowed) throw new Error(`The URL ${verdict.reason}.`);
  const body = JSON.stringify({
    id: delivery.id,
    topic: delivery.topic,
    createdAt: delivery.createdAt.toISOString(),
    text: notificationText(delivery.topic, delivery.payload),
    data: delivery.payload,
  });
  const status = await post(new URL(delivery.url), body, {
    ...options,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'meridian',
      'meridian-delivery': delivery.id,
      'meridian-signature': signature(body, delivery.secret, options.now()),
    },
  });
  if (status >= 200 && status < 300) return;
  throw new Error(
    status >= 300 && status < 400
      ? `It answered ${status}, a redirect, which is never followed.`
      : `It answered ${status}.`,
  );
}

/** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, as a receiver computes it to compare. */
export function signature(body: string, secret: string, at: Date): string {
  const time = Math.floor(at.getTime() / 1_000);
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

function post(
  url: URL,
  body: string,
  options: DeliverOptions & { headers: Record<string, string> },
): Promise<number> {
  const { headers, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const call = request(
      url,
      {
        method: 'POST',
        headers,
        lookup: judgedLookup(options),
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        response.destroy(); // the status is all that counts
        resolve(response.statusCode ?? 0);
      },
    );
    call.on('error', (error) =>
      reject(error.name === 'TimeoutError' || error.name === 'AbortError' ? tooSlow(timeoutMs) : error),
    );
    call.end(body);
  });
}

function tooSlow(timeoutMs: number): Error {
  return new Error(`It did not answer within ${timeoutMs / 1_000} s.`);
}

/** Resolves as Node would, and fails when any of the addresses is one that must not be reached. */
function judgedLookup(options: { loopback: boolean }): LookupFunction {
  return (host, asked, done) => {
    lookup(host, { ...asked, all: true }, (error, found: LookupAddress[]) => {
      const first = found?.[0];
      if (error || !first) return done(error ?? new Error(`${host} has no address`), '', 0);
      for (const { address } of found) {
        const verdict = judgeAddress(address, options);
        if (!verdict.allowed) return done(new Error(`${host} ${verdict.reason}`), '', 0);
      }
      if (asked.all) return done(null, found);
      return done(null, first.address, first.family);
    });
  };
}
