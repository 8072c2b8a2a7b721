import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ToolEnvironment } from '../harness.ts';

/** Programs from outside that judge the lab, and how each says its version. */
const VERSION = {
  aws: ['--version'],
  curl: ['--version'],
  dig: ['-v'],
  jq: ['--version'],
  kubectl: ['version', '--client'],
  psql: ['--version'],
} as const;
export type Tool = keyof typeof VERSION;

const TOOL_MS = 30_000;

/** Those of them that this machine lacks. */
export function missingTools(...tools: readonly Tool[]): Tool[] {
  return tools.filter((tool) => !isInstalled(tool));
}

function isInstalled(tool: Tool): boolean {
  try {
    execFileSync(tool, VERSION[tool], { stdio: 'ignore', timeout: TOOL_MS });
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** What the title of their tests ends with; nothing where none is missing. */
export function skippedWithout(missing: readonly Tool[]): string {
  return missing.length > 0 ? ` (skipped: ${missing.join(' and ')} not installed)` : '';
}

/** What a person who has the lab's keys, and a home folder with nothing in it, gets by typing this into a shell. */
export async function typed(
  script: string,
  { env, home, more = {} }: { env: ToolEnvironment; home: string; more?: Readonly<Record<string, string>> },
): Promise<string> {
  const { stdout } = await promisify(execFile)('/bin/bash', ['-c', script], {
    timeout: TOOL_MS,
    env: {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('AWS_'))),
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      HOME: home,
      KUBECONFIG: path.join(home, 'kubeconfig'),
      AWS_DEFAULT_OUTPUT: 'json',
      AWS_PAGER: '',
      ...more,
    },
  });
  return stdout;
}
