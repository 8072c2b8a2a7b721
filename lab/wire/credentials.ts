import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isSignedWith, readClaim, type SignatureClaim, signedAtMs } from './sigv4.ts';

/** Who stands behind an access key. */
export interface Caller {
  accessKeyId: string;
  /** As GetCallerIdentity answers it: a user's ARN, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  identityArn: string;
  account: string;
  userId: string;
}

export interface CallerRefusal {
  ok: false;
  code: 'unknown' | 'expired' | 'mismatch';
  reason: string;
}

/** Checks the presigned GetCallerIdentity URL inside a Kubernetes bearer token (`aws eks get-token`). */
export interface PresignedVerifier {
  /** `headers` are those the URL signs besides Host, e.g. `{ 'x-k8s-aws-id': 'meridian-us-east-1' }`. */
  verifyPresigned(url: string, headers: Record<string, string>): { ok: true; caller: Caller } | CallerRefusal;
}

export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiresAt: Date;
}

export interface Credentials extends PresignedVerifier {
  /** The long-lived key of the lab's one user. */
  user: { accessKeyId: string; secretAccessKey: string };
  issueSession(caller: { identityArn: string; userId: string; durationSeconds: number }): SessionCredentials;
  /** The secret to check a signature with, and whose it is. Says nothing about the signature. */
  find(claim: SignatureClaim): { ok: true; secret: string; caller: Caller } | CallerRefusal;
}

const SESSION_KEY_PREFIX = 'ASIA';
/** EKS takes a token for 15 minutes from its signing, whatever the URL itself says. */
const BEARER_TOKEN_MS = 15 * 60_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

interface KeyFile {
  accessKeyId: string;
  secretAccessKey: string;
  /** Signs session tokens and derives their secrets, so that sessions outlive a restart and cost no memory. */
  sessionKey: string;
}

interface SessionClaims {
  accessKeyId: string;
  identityArn: string;
  userId: string;
  expiresAtMs: number;
}

/** Credentials of the account, kept in `directory` (0600) so that clients stay signed in over a restart or reset. `now` in ms. */
export function createCredentials(directory: string, account: string, now: () => number): Credentials {
  const keys = loadKeys(directory);
  const userId = `AIDA${keys.accessKeyId.slice(4)}`;
  const user: Caller = {
    account,
    userId,
    accessKeyId: keys.accessKeyId,
    identityArn: `arn:aws:iam::${account}:user/meridian`,
  };
  const secretOf = (accessKeyId: string) =>
    keyed(keys.sessionKey, `secret:${accessKeyId}`).toString('base64').slice(0, 40);

  function find(claim: SignatureClaim): ReturnType<Credentials['find']> {
    if (claim.accessKeyId === keys.accessKeyId && claim.sessionToken === undefined) {
      return { ok: true, secret: keys.secretAccessKey, caller: user };
    }
    const session = readSessionToken(keys.sessionKey, claim.sessionToken ?? '');
    if (!session || session.accessKeyId !== claim.accessKeyId) {
      return { ok: false, code: 'unknown', reason: 'The security token included in the request is invalid.' };
    }
    if (session.expiresAtMs <= now()) {
      return { ok: false, code: 'expired', reason: 'The security token included in the request is expired' };
    }
    const { accessKeyId, identityArn } = session;
    return {
      ok: true,
      secret: secretOf(accessKeyId),
      caller: { accessKeyId, identityArn, account, userId: session.userId },
    };
  }

  return {
    user: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey },
    find,
    issueSession({ identityArn, userId: sessionUserId, durationSeconds }) {
      const accessKeyId = SESSION_KEY_PREFIX + randomKey(16);
      const expiresAtMs = Math.floor(now() / 1000 + durationSeconds) * 1000;
      const sessionToken = writeSessionToken(keys.sessionKey, {
        accessKeyId,
        identityArn,
        userId: sessionUserId,
        expiresAtMs,
      });
      return {
        accessKeyId,
        secretAccessKey: secretOf(accessKeyId),
        sessionToken,
        expiresAt: new Date(expiresAtMs),
      };
    },
    verifyPresigned(url, headers) {
      const claim = URL.canParse(url) ? readClaim({}, new URL(url).searchParams) : undefined;
      if (!claim?.presigned || claim.service !== 'sts') return mismatch('it is not a presigned call of STS');
      const parsed = new URL(url);
      if (parsed.searchParams.get('Action') !== 'GetCallerIdentity')
        return mismatch('it is not GetCallerIdentity');
      const unsigned = Object.keys(headers).find((name) => !claim.signedHeaders.includes(name.toLowerCase()));
      if (unsigned) return mismatch(`the header ${unsigned} is not signed`);
      const ageMs = now() - signedAtMs(claim);
      if (!(Math.abs(ageMs) <= BEARER_TOKEN_MS)) {
        return {
          ok: false,
          code: 'expired',
          reason: `signed ${Math.round(ageMs / 1000)} s ago; 900 s at most`,
        };
      }
      const found = find(claim);
      if (!found.ok) return found;
      const request = {
        method: 'GET',
        path: parsed.pathname,
        rawQuery: parsed.search.slice(1),
        headers: { ...lowerCased(headers), host: parsed.host },
        body: Buffer.alloc(0),
      };
      if (!isSignedWith(found.secret, claim, request))
        return mismatch('the signature is of another request or key');
      return { ok: true, caller: found.caller };
    },
  };
}

function mismatch(reason: string): CallerRefusal {
  return { ok: false, code: 'mismatch', reason: `The token was refused: ${reason}.` };
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function loadKeys(directory: string): KeyFile {
  const file = path.join(directory, 'credentials.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      throw new Error(
        `The lab cannot read its access keys ${file}: ${String(error)}. Delete that file to make new ones.`,
      );
    }
  }
  const keys: KeyFile = {
    accessKeyId: `AKIA${randomKey(16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionKey: randomBytes(32).toString('base64'),
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

function randomKey(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

const keyed = (key: string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

function writeSessionToken(key: string, claims: SessionClaims): string {
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${body}.${keyed(key, body).toString('base64url')}`;
}

function readSessionToken(key: string, token: string): SessionClaims | undefined {
  const [body = '', seal = ''] = token.split('.');
  if (!timingSafeEqual(digest(keyed(key, body).toString('base64url')), digest(seal))) return undefined;
  return JSON.parse(Buffer.from(body, 'base64url').toString());
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
