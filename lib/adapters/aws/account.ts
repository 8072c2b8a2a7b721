import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { RefusedError } from '../../errors.ts';
import type { AwsClients } from './clients.ts';
import { answered } from './unanswered.ts';

const TRUSTED_FOR_MS = 15 * 60_000;

/**
 * Refuses before a change when the credentials in use do not belong to the estate's account, so that a lab, a test or a
 * wrong profile can never touch another one. Asked once a Region in 15 minutes.
 */
export function createAccountGuard(clients: AwsClients, account: string, now: () => number) {
  const provenAt = new Map<string, number>();
  return async (region: string, options: { abortSignal?: AbortSignal } = {}): Promise<void> => {
    const proven = provenAt.get(region);
    if (proven !== undefined && now() - proven < TRUSTED_FOR_MS) return;
    const identity = await answered(`STS GetCallerIdentity in ${region}`, () =>
      clients.sts(region).send(new GetCallerIdentityCommand({}), options),
    );
    if (identity.Account !== account) {
      throw new RefusedError(
        'wrong-account',
        `The credentials belong to AWS account ${identity.Account ?? 'unknown'}, the estate to ${account}. Nothing was changed. Use credentials of the estate's account.`,
      );
    }
    provenAt.set(region, now());
  };
}
