import fs from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { checkoutRoot, dataDirectory } from './paths.ts';
import { LaunchProblem } from './problem.ts';

/** How this start was asked for, checked. */
export interface Settings {
  root: string;
  dataDir: string;
  host: string;
  /** 0 asks for a free port. */
  port: number;
  /** Address in the browser's bar when it differs from host and port (a proxy, a name). */
  publicUrl?: string;
  estateFile: string;
  lab: boolean;
  workers: number;
  /** Region in which a second console stands; absent: there is none. */
  secondConsole?: string;
  dev: boolean;
  externalDatabase: boolean;
}

/** Reads the start's environment and arguments. Throws a LaunchProblem that names the setting and what it may be. */
export function readSettings(environment: NodeJS.ProcessEnv, args: readonly string[]): Settings {
  const unknown = args.find((argument) => argument !== '--dev');
  if (unknown)
    throw new LaunchProblem(
      `"${unknown}" is not an option of npm start. The only one is --dev (npm run dev).`,
    );
  const root = checkoutRoot();
  const settings: Settings = {
    root,
    dataDir: dataDirectory(),
    host: hostFrom(environment.HOST),
    port: wholeNumber('PORT', environment.PORT, { fallback: 3000, max: 65_535 }),
    publicUrl: urlFrom(environment.MERIDIAN_URL),
    estateFile: path.resolve(root, environment.MERIDIAN_ESTATE || 'estate.yaml'),
    lab: labFrom(environment.MERIDIAN_LAB),
    workers: wholeNumber('MERIDIAN_WORKERS', environment.MERIDIAN_WORKERS, { fallback: 2, max: 32 }),
    secondConsole: regionFrom(environment.MERIDIAN_SECOND_CONSOLE),
    dev: args.includes('--dev'),
    externalDatabase: Boolean(environment.DATABASE_URL),
  };
  if (!fs.existsSync(settings.estateFile)) {
    throw new LaunchProblem(
      `There is no estate file ${settings.estateFile}. Set MERIDIAN_ESTATE to the one to run.`,
    );
  }
  if (settings.dev && settings.secondConsole)
    throw new LaunchProblem(
      'MERIDIAN_SECOND_CONSOLE needs the built console: two of "npm run dev" would build into one folder. Use npm start.',
    );
  assertSafeToShow(settings, environment);
  return settings;
}

/** Address of the web server as programs on this machine reach it. */
export function localUrl(host: string, port: number): string {
  const reachable =
    { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (isIP(host) === 6 ? `[${host}]` : host);
  return `http://${reachable}:${port}`;
}

function wholeNumber(
  name: string,
  text: string | undefined,
  limits: { fallback: number; max: number },
): number {
  if (!text) return limits.fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= limits.max) return value;
  throw new LaunchProblem(`${name} is "${text}"; it must be a whole number from 0 to ${limits.max}.`);
}

function hostFrom(text: string | undefined): string {
  const host = text || '127.0.0.1';
  if (/^[\w.:-]+$/.test(host)) return host;
  throw new LaunchProblem(
    `HOST is "${host}"; it must be an address of this machine, such as 127.0.0.1 or 0.0.0.0.`,
  );
}

function urlFrom(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (URL.canParse(text) && /^https?:\/\/[^/]+\/?$/.test(text)) return text.replace(/\/$/, '');
  throw new LaunchProblem(
    `MERIDIAN_URL is "${text}"; it must be an address without a path, such as https://meridian.example.com.`,
  );
}

function regionFrom(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(text)) return text;
  throw new LaunchProblem(
    `MERIDIAN_SECOND_CONSOLE is "${text}"; it must be the Region in which it stands, such as eu-west-1.`,
  );
}

function labFrom(text: string | undefined): boolean {
  if (!text || text === 'on') return true;
  if (text === 'off') return false;
  throw new LaunchProblem(`MERIDIAN_LAB is "${text}"; it must be "on" or "off".`);
}

/** The demo accounts share one printed password: beyond this machine somebody must have chosen it. */
function assertSafeToShow(settings: Settings, environment: NodeJS.ProcessEnv): void {
  const exposed =
    !isLoopback(settings.host) || (settings.publicUrl && !isLoopback(new URL(settings.publicUrl).hostname));
  if (exposed && settings.lab && !environment.MERIDIAN_DEMO_PASSWORD) {
    throw new LaunchProblem(
      'HOST or MERIDIAN_URL opens the console beyond this machine, and the lab comes with demo accounts. ' +
        'Choose their password with MERIDIAN_DEMO_PASSWORD (8 characters or more), or set MERIDIAN_LAB=off.',
    );
  }
  if (settings.externalDatabase && !environment.MERIDIAN_SECRET) {
    throw new LaunchProblem(
      'With DATABASE_URL set, MERIDIAN_SECRET is required too, the same for every instance: it signs sessions. ' +
        'Make one with: openssl rand -base64 32',
    );
  }
  for (const [name, least] of [
    ['MERIDIAN_SECRET', 32],
    ['MERIDIAN_DEMO_PASSWORD', 8],
  ] as const) {
    const value = environment[name];
    if (value && value.length < least)
      throw new LaunchProblem(`${name} has ${value.length} characters; it needs ${least} or more.`);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127\./.test(host);
}
