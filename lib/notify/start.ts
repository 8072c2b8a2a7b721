import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../data/database.ts';
import { env } from '../env.ts';
import { unseal } from '../services/webhooks/seal.ts';
import { deliver } from './deliver.ts';
import { type Claimed, claimDue, recordDelivered, recordFailed } from './outbox.ts';

export interface NotificationOptions {
  database: Database;
  log: (message: string, fields?: Record<string, unknown>) => void;
  /** What secrets were sealed with; `MERIDIAN_SECRET` by default. */
  secret?: string;
  /** Whether webhooks may lead to this machine; with the lab only by default. */
  loopback?: boolean;
  /** Address of the console in people's browsers; `MERIDIAN_URL` by default. */
  consoleUrl?: string | null;
  pollMs?: number;
  timeoutMs?: number;
}

const POLL_MS = 1_000;
const TIMEOUT_MS = 10_000;
const BATCH = 8;

const FAILED = {
  retry: 'a notification was not delivered',
  dead: 'a notification was given up',
  overtaken: 'a notification was not delivered by an attempt that another has overtaken',
} as const satisfies Record<Awaited<ReturnType<typeof recordFailed>>, string>;

/**
 * Sends the outbox. Runs in every worker: each takes what no other holds, and one that dies loses nothing. `stop` lets
 * the deliveries under way end.
 */
export async function startNotifications(options: NotificationOptions): Promise<{ stop(): Promise<void> }> {
  const { database, log, pollMs = POLL_MS, timeoutMs = TIMEOUT_MS } = options;
  const secret = options.secret ?? env().MERIDIAN_SECRET;
  const loopback = options.loopback ?? env().MERIDIAN_LAB === 'on';
  const consoleUrl = options.consoleUrl === undefined ? (env().MERIDIAN_URL ?? null) : options.consoleUrl;
  const stopping = new AbortController();

  async function sendOne(claimed: Claimed): Promise<void> {
    try {
      if (!secret) throw new Error('MERIDIAN_SECRET, which opens its secret, is not set here.');
      await deliver(
        { ...claimed, secret: openSecret(claimed, secret) },
        { loopback, timeoutMs, now: () => new Date(), consoleUrl },
      );
      await recordDelivered(database, claimed.id);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const outcome = await recordFailed(database, claimed, reason, Math.random());
      log(FAILED[outcome], {
        notification: claimed.id,
        webhook: claimed.webhookId,
        attempt: claimed.attempt,
        reason,
      });
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      let sent = 0;
      try {
        const claimed = await claimDue(database, { limit: BATCH, holdSeconds: (timeoutMs / 1_000) * 3 });
        sent = claimed.length;
        await Promise.all(claimed.map(sendOne));
      } catch (error) {
        log('the outbox could not be read', {
          reason: error instanceof Error ? error.message : String(error),
        });
      }
      if (sent < BATCH) await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function openSecret(claimed: Claimed, secret: string): string {
  try {
    return unseal(claimed.sealedSecret, secret, claimed.webhookId);
  } catch (error) {
    throw new Error('Its secret cannot be opened: MERIDIAN_SECRET is not the one it was made with.', {
      cause: error,
    });
  }
}
