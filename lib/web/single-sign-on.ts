import 'server-only';
import { cookies } from 'next/headers';
import { NextRequest, NextResponse } from 'next/server';
import NextAuth from 'next-auth';
import { z } from 'zod';
import { env } from '../env.ts';
import { UnavailableError } from '../errors.ts';
import { authOptions } from './auth.ts';
import { logger } from './log.ts';
import { oidcScopes } from './oidc.ts';
import { publicAddress } from './public-address.ts';

/** `max_age` also makes the provider say when it was: without that nobody could tell. */
const AGAIN = { prompt: 'login', max_age: '0' };

const Csrf = z.object({ csrfToken: z.string() });
const Started = z.object({ url: z.url() });

/**
 * Begins a sign-in at the identity provider: leaves state, nonce and PKCE verifier in sealed cookies and resolves with
 * the provider's address to go to. For a server action, which a foreign page cannot call. `again` has the person show anew
 * who they are, whatever session the provider still has of them (OpenID Connect Core 3.1.2.1).
 */
export async function startSingleSignOn(
  next: string,
  { again = false }: { again?: boolean } = {},
): Promise<URL> {
  const { OIDC_ISSUER = '', OIDC_GROUPS_CLAIM } = env();
  const scope = await oidcScopes(OIDC_ISSUER, OIDC_GROUPS_CLAIM).catch((error: unknown) => {
    logger().error({ err: error, issuer: OIDC_ISSUER }, 'the identity provider does not answer');
    throw new UnavailableError('The identity provider does not answer.', { cause: error });
  });
  const { csrfToken } = Csrf.parse(await ask('csrf'));
  const { url } = Started.parse(
    await ask(`signin/oidc?${new URLSearchParams({ scope, ...(again ? AGAIN : {}) })}`, {
      csrfToken,
      callbackUrl: next,
      json: 'true',
    }),
  );
  return new URL(url);
}

/** Calls next-auth as a browser would, and hands the browser the cookies that it sets. */
async function ask(path: string, body?: Record<string, string>): Promise<unknown> {
  const request = new NextRequest(new URL(`/api/auth/${path}`, publicAddress() ?? 'http://127.0.0.1'), {
    method: body ? 'POST' : 'GET',
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
  const [action = ''] = path.split('?');
  const answer: Response = await NextAuth(
    request,
    { params: { nextauth: action.split('/') } },
    authOptions(),
  );
  const jar = await cookies();
  for (const cookie of new NextResponse(null, { headers: answer.headers }).cookies.getAll()) jar.set(cookie);
  return answer.json();
}
