import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { RefusedError } from '../../errors.ts';
import { UnansweredError } from '../../ports/aws.ts';
import { errorSentence } from '../aws/observe-calls.ts';
import type { CallOptions, PortContext } from '../aws/port-context.ts';
import { isThrottledAnswer } from '../aws/unanswered.ts';
import { parseSecret, type Secret } from './secret.ts';

/** A Region that gives no secret in this time is passed over for the next: all of them have the same one. */
const ONE_REGION_MS = 3_000;

/** What a login is read with. */
export type LoginSource = Pick<PortContext, 'estate' | 'reading'>;

/**
 * The databases' login: one secret with a replica in every Region, so that the loss of one takes it nowhere (DECISIONS
 * "Databases and probes"). The Region's own is asked first. Asked once for all calls of one reader.
 */
export function createLoginReader(context: LoginSource) {
  let known: Promise<Secret> | undefined;
  return (region: string, options: CallOptions): Promise<Secret> => {
    const reading = known ?? firstSecret(context, region, options);
    known = reading;
    reading.catch(() => {
      if (known === reading) known = undefined;
    });
    return reading;
  };
}

async function firstSecret(
  { estate, reading }: LoginSource,
  ownRegion: string,
  { abortSignal }: CallOptions,
): Promise<Secret> {
  const candidates = estate.regions
    .flatMap(({ code, database: { secretArn } }) => (secretArn ? [{ code, secretArn }] : []))
    .sort((a, b) => Number(b.code === ownRegion) - Number(a.code === ownRegion));
  if (candidates.length === 0) {
    throw new RefusedError(
      'no-database-secret',
      'Cannot log in to the databases: the estate names no database.secretArn. Add the ARN of the secret to every Region in the estate, and import it.',
    );
  }
  const failures: string[] = [];
  let throttled = false;
  for (const { code, secretArn } of candidates) {
    abortSignal.throwIfAborted();
    try {
      const { SecretString } = await reading
        .secretsManager(code)
        .send(new GetSecretValueCommand({ SecretId: secretArn }), {
          abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(ONE_REGION_MS)]),
        });
      return parseSecret(SecretString, `The secret in ${code}`);
    } catch (error) {
      failures.push(`${code}: ${errorSentence(error)}`);
      throttled ||= isThrottledAnswer(error);
    }
  }
  throw new UnansweredError(`No Region gave the databases' login. ${failures.join('. ')}`, { throttled });
}
