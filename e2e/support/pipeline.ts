import { shopDigest } from '../../lab/ecr/seed.ts';
import { makeToken, meridianOutput } from '../../launch/command-line.ts';
import { emailOf } from './people.ts';
import { product } from './product.ts';

/** A pipeline: the command line with an API token, as a CI system runs it. */
export async function pipeline(): Promise<{ register(version: string): Promise<string> }> {
  const secret = await makeToken(product.dataDir, {
    owner: emailOf('operator'),
    name: 'ci',
    scopes: ['release.register'],
  });
  return {
    register: (version) =>
      meridianOutput(
        [
          ...['release', 'register', version, '--digest', shopDigest(version)],
          ...['--schema', 'none', '--schema-note', 'The schema stays as it is', '--author', 'A. Author'],
        ],
        { MERIDIAN_TOKEN: secret, MERIDIAN_URL: product.url },
      ),
  };
}
