import { type LookupAddress, lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { judgeAddress, judgeUrl } from '#lib/domain/webhook/target.ts';
import type { Delivery, Message, MessageOptions } from './messages/message.ts';
import { pagerdutyMessage } from './messages/pagerduty.ts';
import { signedMessage } from './messages/signed.ts';
import { slackMessage } from './messages/slack.ts';

export interface DeliverOptions {
  /** Whether this machine itself may be a target: with the lab only. */
  loopback: boolean;
  timeoutMs: number;
  now: () => Date;
  /** Address of the console in people's browsers, for links; null where none is set. */
  consoleUrl: string | null;
}

/**
 * Posts one notification and resolves once the receiver has answered 2xx; at once where it is nothing to that receiver. Throws
 * a sentence otherwise, which holds no secret: another status, a redirect (never followed), no answer in time, or an address of
 * the inner network. The resolved address is judged and then used, so a name cannot change its mind between the two.
 */
export async function deliver(delivery: Delivery, options: DeliverOptions): Promise<void> {
  const message = messageOf(delivery, { now: options.now(), consoleUrl: options.consoleUrl });
  if (message === null) return;
  const verdict = judgeUrl(message.url, options);
  if (!verdict.allowed) throw new Error(`The URL ${verdict.reason}.`);
  const status = await post(new URL(message.url), message.body, {
    ...options,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(message.body)),
      'user-agent': 'meridian',
      'meridian-delivery': delivery.id,
      ...message.headers,
    },
  });
  if (status >= 200 && status < 300) return;
  throw new Error(
    status >= 300 && status < 400
      ? `It answered ${status}, a redirect, which is never followed.`
      : `It answered ${status}.`,
  );
}

function messageOf(delivery: Delivery, options: MessageOptions): Message | null {
  switch (delivery.kind) {
    case 'signed':
      return signedMessage(delivery, options);
    case 'slack':
      return slackMessage(delivery, options);
    case 'pagerduty':
      return pagerdutyMessage(delivery, options);
    default:
      throw new Error(`This version does not know webhooks of the kind ${delivery.kind}.`);
  }
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
