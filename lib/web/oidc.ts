import 'server-only';
import type { Profile } from 'next-auth';
import type { OAuthConfig } from 'next-auth/providers/oauth';
import { z } from 'zod';
import { env } from '../env.ts';
import { admitOidcPerson } from '../services/sessions/admit-oidc.ts';
import { endSession, openSession } from '../services/sessions/sign-in.ts';
import { requestOrigin } from './origin.ts';
import { webRuntime } from './runtime.ts';
import { readSessionId } from './session.ts';

const PROVIDER_ANSWERS_MS = 5_000;

/** The identity provider that the environment names, or undefined: then people sign in with local accounts. */
export function oidcProvider(): OAuthConfig<Profile> | undefined {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_GROUPS_CLAIM } = env();
  if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_CLIENT_SECRET) return undefined;
  return {
    id: 'oidc',
    name: 'single sign-on',
    type: 'oauth',
    wellKnown: discoveryUrl(OIDC_ISSUER),
    clientId: OIDC_CLIENT_ID,
    clientSecret: OIDC_CLIENT_SECRET,
    authorization: { params: { scope: 'openid email profile' } },
    httpOptions: { timeout: PROVIDER_ANSWERS_MS },
    idToken: true,
    checks: ['pkce', 'state', 'nonce'],
    userinfo: {
      async request({ client, tokens }) {
        // Providers differ in what the ID token carries; what it does carry wins, for it is signed.
        const claims = claimsOf(tokens.id_token ?? '');
        const complete = claims.email !== undefined && claims[OIDC_GROUPS_CLAIM] !== undefined;
        if (complete || !tokens.access_token) return claims;
        return { ...(await client.userinfo(tokens.access_token)), ...claims };
      },
    },
    profile: (profile) => ({
      id: profile.sub ?? '',
      email: profile.email ?? null,
      name: profile.name ?? null,
    }),
  };
}

/**
 * The scopes to ask for. The groups' own scope only where the provider knows it: some answer an unknown one with an
 * error. Throws when the provider does not answer.
 */
export async function oidcScopes(issuer: string, groupsClaim: string): Promise<string> {
  const response = await fetch(discoveryUrl(issuer), { signal: AbortSignal.timeout(PROVIDER_ANSWERS_MS) });
  if (!response.ok) throw new Error(`${discoveryUrl(issuer)} answered ${response.status}`);
  const { scopes_supported: known } = z
    .object({ scopes_supported: z.array(z.string()).default([]) })
    .parse(await response.json());
  return ['openid', 'email', 'profile', ...(known.includes(groupsClaim) ? [groupsClaim] : [])].join(' ');
}

/** The person of this profile, whose roles follow from its groups. Throws AdmissionError when they may not come in. */
export async function admitProfile(profile: Profile): Promise<string> {
  const { database } = await webRuntime();
  const claims: Record<string, unknown> = { ...profile };
  const groups = claims[env().OIDC_GROUPS_CLAIM];
  return admitOidcPerson({ database, now: new Date() }, await requestOrigin(), {
    subject: profile.sub ?? '',
    email: profile.email ?? '',
    name: profile.name ?? '',
    groups: (Array.isArray(groups) ? groups : [groups]).filter((group) => typeof group === 'string'),
    roleByGroup: parseGroupRoles(env().OIDC_GROUP_ROLES ?? ''),
  });
}

/** Opens a session for someone admitted; the one this browser had before ends. Resolves with the session's id. */
export async function openOidcSession(personId: string, provedAt: Date | null): Promise<string> {
  const { database } = await webRuntime();
  const context = { database, now: new Date() };
  const former = await readSessionId();
  const sessionId = await openSession(context, await requestOrigin(), personId, { oidc: { provedAt } });
  if (former) await endSession(context, former, 'signed in again');
  return sessionId;
}

/** When the provider says the person signed in there (`auth_time`, OpenID Connect Core 2); null where it does not. */
export function provedAtOf(profile: Profile): Date | null {
  const seconds = z.object({ auth_time: z.number().positive() }).safeParse(profile).data?.auth_time;
  return seconds === undefined ? null : new Date(seconds * 1_000);
}

/** `sre=operator,release=approver` as pairs; a group may be named more than once and may hold `=` itself. */
function parseGroupRoles(text: string): Map<string, string[]> {
  const roles = new Map<string, string[]>();
  for (const pair of text.split(',')) {
    const [, group = '', role = ''] = /^(.*)=(.*)$/.exec(pair.trim()) ?? [];
    if (group.trim() && role.trim())
      roles.set(group.trim(), [...(roles.get(group.trim()) ?? []), role.trim()]);
  }
  return roles;
}

function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** The claims of an ID token whose signature, issuer, audience and nonce next-auth has checked. */
function claimsOf(idToken: string): Record<string, unknown> & { sub: string } {
  const text = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8');
  return z.looseObject({ sub: z.string() }).parse(JSON.parse(text));
}
