import type { Database } from '../../data/database.ts';
import { env } from '../../env.ts';
import { loadSigningKey, recordHead } from './heads.ts';

export interface AnchorOptions {
  database: Database;
  log: (message: string, fields?: Record<string, unknown>) => void;
  /** Where key and heads are kept; `MERIDIAN_DATA` and `MERIDIAN_SIGNING_KEY` by default. */
  place?: { dataDir: string; signingKey?: string };
  everyMs?: number;
}

const MINUTE_MS = 60_000;

/** Signs the newest row each minute that brought one, into the log of the process and `MERIDIAN_DATA/audit-heads`. */
export async function startAuditAnchor(options: AnchorOptions): Promise<{ stop(): Promise<void> }> {
  const { database, log, everyMs = MINUTE_MS } = options;
  const place = options.place ?? placeByEnvironment();
  const key = await loadSigningKey(place);
  let busy: Promise<void> | undefined;

  async function record(): Promise<void> {
    try {
      const head = await recordHead(database, { dataDir: place.dataDir, key, now: new Date() });
      if (head) log('audit head', { ...head });
    } catch (error) {
      log('the head of the audit log was not signed', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }

  const tick = () => {
    busy ??= record().finally(() => {
      busy = undefined;
    });
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await busy;
    },
  };
}

/** Where this process keeps key and heads. */
export function placeByEnvironment(): { dataDir: string; signingKey?: string } {
  const { MERIDIAN_DATA, MERIDIAN_SIGNING_KEY } = env();
  return { dataDir: MERIDIAN_DATA, signingKey: MERIDIAN_SIGNING_KEY };
}
