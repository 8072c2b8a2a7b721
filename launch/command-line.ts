import { execFile } from 'node:child_process';
import path from 'node:path';
import { checkoutRoot } from './paths.ts';

/** What a run of the command line came to. */
export interface CommandRun {
  code: number;
  out: string;
  error: string;
}

/** Runs `meridian` as a pipeline does: with nothing of this process's environment but where programs are. */
export function runMeridian(
  args: readonly string[],
  { environment, cwd, input = '' }: { environment: Record<string, string>; cwd?: string; input?: string },
): Promise<CommandRun> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path.join(checkoutRoot(), 'cli/meridian.ts'), ...args],
      { cwd, env: { PATH, NODE_COMPILE_CACHE, NODE_ENV: 'production', ...environment } },
      (failed, out, error) => resolve({ code: failed ? Number(failed.code ?? 1) : 0, out, error }),
    );
    child.stdin?.end(input);
  });
}

/** What it printed. Throws with what it said where it did not end with 0. */
export async function meridianOutput(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<string> {
  const { code, out, error } = await runMeridian(args, { environment });
  if (code !== 0)
    throw new Error(`meridian ${args.slice(0, 2).join(' ')} ended with ${code}: ${error}${out}`);
  return out;
}

/** A token of somebody here, made by the command line on the data folder of a running product. */
export async function makeToken(
  dataDir: string,
  { owner, name, scopes }: { owner: string; name: string; scopes: readonly string[] },
): Promise<string> {
  const made = await meridianOutput(
    [
      ...['token', 'create', '--owner', owner, '--name', name, '--json'],
      ...scopes.flatMap((scope) => ['--scope', scope]),
    ],
    { MERIDIAN_DATA: dataDir },
  );
  const { secret }: { secret: string } = JSON.parse(made);
  return secret;
}
