import 'server-only';
import type { Profile } from 'next-auth';
import type { OAuthConfig } from 'next-auth/providers/oauth';
import { env } from '../env.ts';
import { admitOidcPerson } from '../services/sessions/admit-oidc.ts';
import { openSession } from '../services/sessions/sign-in.ts';
import { requestOrigin } from './origin.ts';
import { webRuntime } from './runtime.ts';

/** The identity provider that the environment names, or undefined: then people sign in with local accounts. */
export function oidcProvider(): OAuthConfig<Profile> | undefined {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = env();
  if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_CLIENT_SECRET) return undefined;
  return {
    id: 'oidc',
    name: 'Single sign-on',
    type: 'oauth',
    wellKnown: `${OIDC_ISSUER.replace(/\/$/, '')}/.well-known/openid-configuration`,
    clientId: OIDC_CLIENT_ID,
    clientSecret: OIDC_CLIENT_SECRET,
    authorization: { params: { scope: `openid email profile ${env().OIDC_GROUPS_CLAIM}` } },
    idToken: true,
    checks: ['pkce', 'state', 'nonce'],
    profile: (profile) => ({
      id: profile.sub ?? '',
      email: profile.email ?? null,
      name: profile.name ?? null,
    }),
  };
}

/** Opens a session for the person of this profile, whose roles follow from its groups. Resolves with the session's id. */
export async function personOfProfile(profile: Profile): Promise<string> {
  const { database } = await webRuntime();
  const now = new Date();
  const groups: unknown = (profile as Record<string, unknown>)[env().OIDC_GROUPS_CLAIM];
  const personId = await admitOidcPerson(
    { database, now },
    {
      subject: profile.sub ?? '',
      email: profile.email ?? '',
      name: profile.name ?? '',
      groups: Array.isArray(groups) ? groups.map(String) : [],
      roleByGroup: parseGroupRoles(env().OIDC_GROUP_ROLES ?? ''),
    },
  );
  return openSession({ database, now }, await requestOrigin(), personId, 'oidc');
}

/** `sre=operator,release=approver` as a map. */
export function parseGroupRoles(text: string): Map<string, string> {
  return new Map(
    text
      .split(',')
      .map((pair) => pair.trim().split('='))
      .filter((pair): pair is [string, string] => pair.length === 2 && pair.every(Boolean)),
  );
}
