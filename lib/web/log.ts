import 'server-only';
import { type Logger, pino } from 'pino';
import { env } from '../env.ts';

let made: Logger | undefined;

/** The web's log: JSON lines on standard output, secrets cut out by name. */
export function logger(): Logger {
  made ??= pino({
    level: env().MERIDIAN_LOG,
    base: { process: 'web' },
    redact: { paths: secretPaths(), censor: '[cut]' },
  });
  return made;
}

const SECRETS = [
  ...['password', 'token', 'secret', 'authorization', 'cookie', '["set-cookie"]'],
  ...['access_token', 'id_token', 'refresh_token', 'client_secret', 'csrfToken', 'connectionString'],
];
const DEPTH = 4;

/** Each name at each depth: pino's wildcard stands for one level. */
function secretPaths(): string[] {
  return SECRETS.flatMap((name) =>
    Array.from({ length: DEPTH }, (_, depth) => {
      const above = Array.from({ length: depth }, () => '*').join('.');
      return above === '' || name.startsWith('[') ? `${above}${name}` : `${above}.${name}`;
    }),
  );
}
