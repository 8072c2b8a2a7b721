import { type Logger, pino } from 'pino';

const SECRETS = ['password', 'token', 'secret', 'authorization', 'connectionString'];

/** The worker's log: JSON lines on standard output, secrets cut out by name. */
export function workerLog(options: { level: string; index: number }): Logger {
  return pino({
    level: options.level,
    base: { process: 'worker', worker: options.index },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[cut]' },
  });
}
