import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { shopDigest } from '../../lab/ecr/seed.ts';
import { checkoutRoot } from '../../launch/paths.ts';
import { emailOf } from './people.ts';
import { product } from './product.ts';

const CLI = path.join(checkoutRoot(), 'cli/meridian.ts');

/** A pipeline: the command line with an API token, as a CI system runs it. */
export async function pipeline(): Promise<{ register(version: string): Promise<string> }> {
  const made = await meridian(
    [
      'token',
      'create',
      '--owner',
      emailOf('operator'),
      '--name',
      'ci',
      '--scope',
      'release.register',
      '--json',
    ],
    { MERIDIAN_DATA: product.dataDir },
  );
  const { secret } = JSON.parse(made) as { secret: string };
  return {
    register: (version) =>
      meridian(
        [
          ...['release', 'register', version, '--digest', shopDigest(version)],
          ...['--schema', 'none', '--schema-note', 'The schema stays as it is', '--author', 'A. Author'],
        ],
        { MERIDIAN_TOKEN: secret, MERIDIAN_URL: product.url },
      ),
  };
}

async function meridian(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
  });
  return stdout;
}
