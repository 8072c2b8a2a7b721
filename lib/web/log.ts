import 'server-only';
import { type Logger, pino } from 'pino';
import { env } from '../env.ts';

let made: Logger | undefined;

/** The web's log: JSON lines on standard output, secrets cut out by name. */
export function logger(): Logger {
  made ??= pino({
    level: env().MERIDIAN_LOG,
    base: { process: 'web' },
    redact: {
      paths: [
        '*.password',
        '*.token',
        '*.secret',
        '*.authorization',
        '*.cookie',
        'password',
        'token',
        'secret',
      ],
      censor: '[cut]',
    },
  });
  return made;
}
