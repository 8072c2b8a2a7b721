import 'server-only';
import { randomUUID } from 'node:crypto';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Database } from '../data/database.ts';
import { env } from '../env.ts';
import { announceConsole, CONSOLE_BEAT_MS, withdrawConsole } from '../services/home/consoles.ts';
import { logger } from './log.ts';

export interface ConsoleBeat {
  stop(): Promise<void>;
}

/** Says every five seconds that this process serves people, and from where: others are sent here when their Region is lost. */
export function startConsoleBeat(database: Database, estate: () => Promise<Estate>): ConsoleBeat {
  const id = randomUUID();
  let stopped = false;
  let beating = Promise.resolve();

  async function beat() {
    try {
      const { homeRegion } = (await estate()).console;
      if (!stopped)
        await announceConsole(database, { id, region: homeRegion, url: env().MERIDIAN_URL ?? null });
    } catch (error) {
      logger().warn({ err: error }, 'this console could not say that it is alive; saying it again');
    }
  }

  const next = () => {
    beating = beat();
  };
  const timer = setInterval(next, CONSOLE_BEAT_MS).unref();
  next();
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await beating;
      await withdrawConsole(database, id);
    },
  };
}
