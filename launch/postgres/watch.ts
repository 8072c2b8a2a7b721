import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '../problem.ts';
import { isRunning } from '../processes.ts';
import type { Progress } from '../progress.ts';
import { ensurePostgres, type PostgresServer } from './server.ts';

const LOOK_MS = 500;
const RETRY_MS = 5_000;

/** Keeps the embedded server running: when it has died, says so and starts it again on the same port and data. */
export class PostgresWatch {
  #server: PostgresServer;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(server: PostgresServer, options: { dataDir: string; progress: Progress }) {
    this.#server = server;
    this.#done = this.#run(options);
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.#server.stop(deadlineMs);
  }

  async #run({ dataDir, progress }: { dataDir: string; progress: Progress }): Promise<void> {
    while (await this.#wait(LOOK_MS)) {
      if (isRunning(this.#server.pid)) continue;
      progress.say('database', `ended unexpectedly; starts again. Log: ${this.#server.logFile}`);
      try {
        this.#server = await ensurePostgres({ dataDir });
        progress.say('database', `runs again (process ${this.#server.pid})`);
      } catch (error) {
        progress.say('database', `${errorMessage(error)} Trying again in ${RETRY_MS / 1000} s.`);
        await this.#wait(RETRY_MS);
      }
    }
  }

  /** False as soon as the watch is to stop. */
  async #wait(ms: number): Promise<boolean> {
    const { signal } = this.#stopping;
    if (signal.aborted) return false;
    return delay(ms, true, { signal }).catch(() => false);
  }
}
