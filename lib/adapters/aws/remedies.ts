/** A refusal of whoever signs a call, or of when it was signed: nothing was done, and a person has to see to it. */
export interface Remedy {
  /** Stable code of the refusal. */
  rule: 'credentials' | 'clock';
  /** What stopped the call and what to do about it, for people. */
  sentence: string;
}

const EXPIRED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
]);
/** EC2 says AuthFailure, S3 InvalidAccessKeyId, the query protocol InvalidClientTokenId, JSON protocols UnrecognizedClient. */
const UNKNOWN_KEY: ReadonlySet<string> = new Set([
  'AuthFailure',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'UnrecognizedClient',
  'UnrecognizedClientException',
]);
const NONE: ReadonlySet<string> = new Set(['CredentialsProviderError', 'MissingAuthenticationToken']);
const SIGNATURE: ReadonlySet<string> = new Set([
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** AWS takes signatures of up to five minutes before or after its own time; what is less than this off is no reason, s. */
const NOTABLE_SKEW_SECONDS = 60;

/** Whether AWS refused the signature: the call was not carried out, whatever it was to do. */
function isSignatureRefusal(error: Error): boolean {
  const { httpStatusCode } = metadataOf(error);
  return SIGNATURE.has(error.name) && (httpStatusCode === undefined || httpStatusCode < 500);
}

/** Whether the SDK has learned from a refused signature how far off this machine's clock is, and would sign the next try rightly. */
export function isClockCorrected(error: Error): boolean {
  return isSignatureRefusal(error) && metadataOf(error).clockSkewCorrected === true;
}

/** What people can do about a call that was refused for its credentials or its time; null for any other failure. */
export function remedyFor(error: Error): Remedy | null {
  const { name } = error;
  if (EXPIRED.has(name))
    return credentials(
      'the credentials of this worker have expired. Renew them: sign its profile in again, or restart it where they come from its environment',
    );
  if (UNKNOWN_KEY.has(name))
    return credentials(
      'AWS does not know the access key of this worker: it was deactivated or deleted, or is of another partition. Renew the credentials of the worker, and restart it where they come from its environment',
    );
  if (NONE.has(name))
    return credentials(
      'this worker has no credentials for AWS. Give it a profile, a role or keys of the estate’s account, and restart it',
    );
  return SIGNATURE.has(name) ? signature(skewSeconds(error)) : null;
}

function credentials(sentence: string): Remedy {
  return { rule: 'credentials', sentence };
}

function signature(skew: number | null): Remedy {
  if (skew === null)
    return {
      rule: 'clock',
      sentence:
        'AWS does not take the signature. Correct this machine’s clock if it is more than five minutes off (NTP); else renew the credentials of this worker',
    };
  if (Math.abs(skew) < NOTABLE_SKEW_SECONDS)
    return credentials(
      'AWS does not take the signature, and this machine’s clock is right: the secret key is not that of the access key. Renew the credentials of this worker',
    );
  return {
    rule: 'clock',
    sentence: `this machine’s clock is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} AWS, which takes signatures of five minutes either way. Correct the clock (NTP)`,
  };
}

/** By how much AWS was ahead of this machine as it answered, s; null where the answer does not tell the time. */
function skewSeconds(error: Error): number | null {
  const { $response } = error as Error & { $response?: { headers?: Record<string, string> } };
  const serverMs = Date.parse($response?.headers?.date ?? '');
  return Number.isNaN(serverMs) ? null : Math.round((serverMs - Date.now()) / 1_000);
}

function metadataOf(error: Error): { httpStatusCode?: number; clockSkewCorrected?: boolean } {
  const { $metadata } = error as Error & {
    $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean };
  };
  return $metadata ?? {};
}
