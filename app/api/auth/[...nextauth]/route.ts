import type { NextRequest } from 'next/server';
import NextAuth from 'next-auth';
import { NotFoundError, ThrottledError } from '#lib/errors.ts';
import { authOptions } from '#lib/web/auth.ts';
import { originOf } from '#lib/web/origin.ts';
import { problem } from '#lib/web/problem.ts';
import { rateLimit } from '#lib/web/rate.ts';

type AuthRouteContext = { params: Promise<{ nextauth: string[] }> };

/** Coming back from the identity provider, with a session or with an error. All else is the console's own. */
const SERVED = ['callback/oidc', 'error'];
const perAddress = rateLimit({ limit: 60, windowMs: 60_000 });

export async function GET(request: NextRequest, context: AuthRouteContext): Promise<Response> {
  const seconds = perAddress.take(originOf(request.headers).address, Date.now());
  if (seconds > 0)
    return problem(
      new ThrottledError(`Too many sign-ins from your address. Wait ${seconds} s.`, seconds),
      request,
    );
  const options = authOptions();
  const { nextauth } = await context.params;
  if (options.providers.length === 0 || !SERVED.includes(nextauth.join('/')))
    return problem(new NotFoundError('There is no such step of signing in. Start at /sign-in.'), request);
  const response: Response = await NextAuth(request, context, options);
  response.headers.set('cache-control', 'no-store');
  return response;
}
