import fs from 'node:fs';
import path from 'node:path';
import { findChromium } from '../chromium.ts';
import { isRoot } from '../identity.ts';
import { type Command, run } from './run.ts';

interface Tool {
  package: string;
  /** Has it too, where that package is not to be had. */
  instead?: string;
  isPresent: () => boolean;
}

const TOOLS: readonly Tool[] = [
  { package: 'chromium-headless-shell', instead: 'chromium', isPresent: () => findChromium() !== undefined },
  { package: 'awscli', isPresent: () => isOnPath('aws') },
  { package: 'bind9-dnsutils', isPresent: () => isOnPath('dig') },
  { package: 'postgresql-client', isPresent: () => isOnPath('psql') },
];

const UPDATE_MS = 2 * 60_000;
const INSTALL_MS = 5 * 60_000;

/**
 * Installs the programs from outside that some tests judge with, where that is possible without asking: as root on
 * Debian. Returns one line on what is there and why something is not; tests that need a missing one skip.
 */
export async function ensureTools(env: NodeJS.ProcessEnv): Promise<string> {
  const absent = TOOLS.filter((tool) => !tool.isPresent());
  const missing = absent.map((tool) => tool.package);
  if (missing.length === 0) return 'all present';
  const obstacle = isRoot()
    ? isOnPath('apt-get')
      ? undefined
      : 'there is no apt-get'
    : 'only root may install';
  if (obstacle)
    return `${missing.join(', ')} missing and not installed, because ${obstacle}: their tests skip`;

  const apt = (args: string[], timeoutMs: number): Command => ({
    command: 'apt-get',
    args: ['-qq', '-o', 'DPkg::Lock::Timeout=60', ...args],
    cwd: '/',
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs,
  });
  const updated = await run(apt(['update'], UPDATE_MS));
  const install = (packages: string[]) =>
    run(apt(['install', '-y', '--no-install-recommends', ...packages], INSTALL_MS));
  let installed = await install(missing);
  if (!installed.ok && absent.some(({ instead }) => instead !== undefined))
    installed = await install(absent.map((tool) => tool.instead ?? tool.package));
  const left = TOOLS.filter((tool) => !tool.isPresent()).map((tool) => tool.package);
  if (left.length === 0) return `installed ${missing.join(', ')}`;
  const reason = lastLine(installed.ok ? updated.output : installed.output);
  return `${left.join(', ')} could not be installed (${reason}): their tests skip`;
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? 'no output';
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => fs.existsSync(path.join(folder, program)));
}
