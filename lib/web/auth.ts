import 'server-only';
import { createHash } from 'node:crypto';
import type { NextAuthOptions } from 'next-auth';
import { env } from '../env.ts';
import { oidcProvider, personOfProfile } from './oidc.ts';

/** Whether the console is reached over https: cookies are then Secure and bound to this host alone. */
export function isHttps(): boolean {
  return env().MERIDIAN_URL?.startsWith('https://') ?? false;
}

/** Name of the session cookie, next-auth's own but for the stricter prefix on https. */
export function sessionCookieName(): string {
  return isHttps() ? '__Host-meridian.session' : 'meridian.session';
}

/** The key of next-auth's encrypted cookie. */
export function sessionSecret(): string {
  const secret = env().MERIDIAN_SECRET;
  if (!secret)
    throw new Error(
      'MERIDIAN_SECRET is not set. npm start makes one; set it yourself with an external database.',
    );
  return createHash('sha256').update(`session cookie ${secret}`).digest('hex');
}

/** The cookie holds only the id of a session row; whoever reads it asks the database who that is. */
export function authOptions(): NextAuthOptions {
  const provider = oidcProvider();
  return {
    secret: sessionSecret(),
    session: { strategy: 'jwt', maxAge: 12 * 3600 },
    pages: { signIn: '/sign-in', error: '/sign-in' },
    useSecureCookies: isHttps(),
    cookies: {
      sessionToken: {
        name: sessionCookieName(),
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure: isHttps() },
      },
    },
    providers: provider ? [provider] : [],
    callbacks: {
      async jwt({ token, account, profile }) {
        if (account && profile) return { sid: await personOfProfile(profile) };
        return token;
      },
    },
  };
}
