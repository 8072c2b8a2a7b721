import 'server-only';
import type { NextAuthOptions } from 'next-auth';
import { routes } from '../routes.ts';
import { AdmissionError } from '../services/sessions/admit-oidc.ts';
import { SESSION_HOURS } from '../services/sessions/sign-in.ts';
import { sessionCookieName, sessionSecret } from './cookie.ts';
import { logger } from './log.ts';
import { admitProfile, oidcProvider, openOidcSession, provedAtOf } from './oidc.ts';
import { isHttps } from './public-address.ts';

/** The cookie holds only the id of a session row; whoever reads it asks the database who that is. */
export function authOptions(): NextAuthOptions {
  const provider = oidcProvider();
  return {
    secret: sessionSecret(),
    session: { strategy: 'jwt', maxAge: SESSION_HOURS * 3600 },
    pages: { signIn: '/sign-in', error: '/sign-in' },
    useSecureCookies: isHttps(),
    cookies: {
      sessionToken: {
        name: sessionCookieName(),
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure: isHttps() },
      },
    },
    providers: provider ? [provider] : [],
    logger: {
      // What the library knows of a failure may hold tokens: its code and the sentence are enough.
      error: (code, metadata) =>
        logger().error({ code, reason: reasonOf(metadata) }, 'single sign-on failed'),
      warn: (code) => logger().warn({ code }, 'single sign-on'),
      debug: () => undefined,
    },
    callbacks: {
      async signIn({ account, profile }) {
        if (!account || !profile) return false;
        try {
          account.personId = await admitProfile(profile);
          account.provedAt = provedAtOf(profile)?.toISOString() ?? null;
          return true;
        } catch (error) {
          if (error instanceof AdmissionError) return routes.signIn({ error: error.rule });
          logger().error({ err: error }, 'a person whom the identity provider vouched for was not admitted');
          return routes.signIn({ error: 'failed' });
        }
      },
      async jwt({ token, account }) {
        if (typeof account?.personId !== 'string') return token;
        const provedAt = typeof account.provedAt === 'string' ? new Date(account.provedAt) : null;
        return { sid: await openOidcSession(account.personId, provedAt) };
      },
    },
  };
}

function reasonOf(metadata: unknown): string {
  if (metadata instanceof Error) return metadata.message;
  const inner =
    typeof metadata === 'object' && metadata !== null && 'error' in metadata ? metadata.error : null;
  return inner instanceof Error ? inner.message : 'unknown';
}
