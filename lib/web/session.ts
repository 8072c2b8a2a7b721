import 'server-only';
import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { decode, encode } from 'next-auth/jwt';
import { cache } from 'react';
import { NotSignedInError } from '../errors.ts';
import { routes } from '../routes.ts';
import type { Actor, VerbContext, Via } from '../services/context.ts';
import {
  findSessionActor,
  findTokenActor,
  hashToken,
  noteSeen,
  type SessionActor,
} from '../services/sessions/actor.ts';
import { SESSION_HOURS } from '../services/sessions/sign-in.ts';
import { sessionCookieName, sessionSecret } from './cookie.ts';
import { isSameOrigin, originOf, requestOrigin } from './origin.ts';
import { isHttps } from './public-address.ts';
import { webRuntime } from './runtime.ts';

export type SignedIn = Actor & { email: string; sessionId: string };

const CACHE_MS = 2_000;
const CACHE_LIMIT = 5_000;

interface CachedActor {
  actor: SessionActor | null;
  until: number;
}

const holder = globalThis as typeof globalThis & { meridianSessions?: Map<string, CachedActor> };

/** Who is signed in, or null. The database is asked, at most two seconds ago; a disabled person is out at once. */
export const findSignedIn = cache(async (): Promise<SignedIn | null> => {
  const sessionId = await readSessionId();
  if (!sessionId) return null;
  const actor = await cachedActor(sessionId);
  return actor ? { ...actor, sessionId } : null;
});

/** Who is signed in; throws NotSignedInError when nobody is. */
export async function requireSignedIn(): Promise<SignedIn> {
  const signedIn = await findSignedIn();
  if (!signedIn) throw new NotSignedInError();
  return signedIn;
}

async function cachedActor(sessionId: string): Promise<CachedActor['actor']> {
  const { database, feed } = await webRuntime();
  if (!holder.meridianSessions) {
    const sessions = new Map<string, CachedActor>();
    holder.meridianSessions = sessions;
    feed.onPeopleChange(() => sessions.clear());
  }
  const sessions = holder.meridianSessions;
  const known = sessions.get(sessionId);
  if (known && known.until > Date.now()) return known.actor;
  const actor = await findSessionActor(database, sessionId);
  if (actor) await noteSeen(database, sessionId, actor);
  if (sessions.size >= CACHE_LIMIT) sessions.clear();
  sessions.set(sessionId, { actor, until: Date.now() + CACHE_MS });
  return actor;
}

/** The next look at this session asks the database. */
export function forgetSession(sessionId: string): void {
  holder.meridianSessions?.delete(sessionId);
}

/** The id in the session cookie, or null when it is missing, forged or too old. */
export async function readSessionId(): Promise<string | null> {
  const cookie = (await cookies()).get(sessionCookieName())?.value;
  if (!cookie || cookie.length > 4_096) return null;
  try {
    const token = await decode({ token: cookie, secret: sessionSecret() });
    return typeof token?.sid === 'string' && /^[0-9a-f-]{36}$/.test(token.sid) ? token.sid : null;
  } catch {
    return null; // a cookie that we did not seal is the same as none
  }
}

/** Puts the session's id into the browser, sealed. */
export async function writeSessionCookie(sessionId: string): Promise<void> {
  const maxAge = SESSION_HOURS * 3600;
  const value = await encode({ token: { sid: sessionId }, secret: sessionSecret(), maxAge });
  (await cookies()).set(sessionCookieName(), value, {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure: isHttps(),
    maxAge,
  });
}

export async function clearSessionCookie(): Promise<void> {
  (await cookies()).delete({ name: sessionCookieName(), path: '/', secure: isHttps() });
}

/** What a verb is called with on behalf of whoever is signed in. */
export async function verbContext(actor: Actor, via: Via, requestId: string): Promise<VerbContext> {
  const runtime = await webRuntime();
  return {
    actor,
    database: runtime.database,
    estate: await runtime.estate(),
    engine: runtime.engine,
    now: new Date(),
    requestId,
    via,
  };
}

/** The context of a page or an action; throws NotSignedInError when nobody is signed in. */
export async function signedInContext(): Promise<VerbContext & { actor: SignedIn }> {
  const actor = await requireSignedIn();
  return { ...(await verbContext(actor, 'console', (await requestOrigin()).requestId)), actor };
}

export interface ApiCaller {
  context: VerbContext;
  /** Names the session or token, for telling callers apart; never the secret itself. */
  credential: string;
  /** Who the credential stands for now, past every cache; null when it has ended. */
  recheck(): Promise<Actor | null>;
}

/** The context of a REST call: see `apiCaller`. */
export async function apiContext(request: Request): Promise<VerbContext> {
  return (await apiCaller(request)).context;
}

/**
 * Who makes a REST call: a bearer token, or the session of a browser. A browser's call that changes something must come
 * from a page of this console.
 */
export async function apiCaller(request: Request): Promise<ApiCaller> {
  const { requestId } = originOf(request.headers);
  const { database } = await webRuntime();
  const bearer = /^Bearer ([\w.~+/=-]{20,200})$/.exec(request.headers.get('authorization') ?? '')?.[1];
  if (bearer) {
    const actor = await findTokenActor(database, bearer);
    if (!actor)
      throw new NotSignedInError(
        'The API token is unknown, expired or revoked. Create another under Settings.',
      );
    const via = request.headers.get('x-meridian-client') === 'cli' ? 'cli' : 'api';
    return {
      context: await verbContext(actor, via, requestId),
      credential: `token:${hashToken(bearer).toString('hex')}`,
      recheck: () => findTokenActor(database, bearer),
    };
  }
  if (request.headers.has('authorization')) {
    throw new NotSignedInError('The Authorization header must be: Bearer, a space, then an API token.');
  }
  const actor = await requireSignedIn();
  if (request.method !== 'GET' && request.method !== 'HEAD' && !isSameOrigin(request.headers)) {
    throw new NotSignedInError(
      'Refused: a browser may change something only from this console itself. Programs use an API token.',
    );
  }
  return {
    context: await verbContext(actor, 'console', requestId),
    credential: `session:${actor.sessionId}`,
    recheck: () => findSessionActor(database, actor.sessionId),
  };
}

/**
 * The context of a page, one for its bars and its parts: they speak of the same moment, and read together what they share. It
 * also shares with other pages what is the same for all of them. Who is not signed in is sent to sign in, and back.
 */
export const pageContext = cache(async (): Promise<VerbContext & { actor: SignedIn }> => {
  if (await findSignedIn()) {
    const { observations, series, plans } = await webRuntime();
    return { ...(await signedInContext()), observations, series, plans, readings: new Map() };
  }
  redirect(routes.signIn({ next: (await headers()).get('x-meridian-address') ?? '/' }));
});
