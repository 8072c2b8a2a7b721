import { createHash } from 'node:crypto';
import { type Grant, ROLES, type Role } from '#lib/domain/access/access.ts';
import type { Database } from '../../data/database.ts';
import type { Actor } from '../context.ts';
import { IDLE_HOURS } from './sign-in.ts';

interface ActorRow {
  person_id: string;
  name: string;
  email: string;
  proved_at: Date | null;
  has_password: boolean;
  seen_at: Date | null;
  token_id: string | null;
  scopes: string[] | null;
  grants: Grant[];
}

const GRANTS = `coalesce((select jsonb_agg(jsonb_build_object('role', g.role, 'region', g.region, 'action', g.action))
  from role_grant g where g.person_id = p.id), '[]'::jsonb) as grants`;

export type SessionActor = Actor & { email: string; seenAt: Date };

const SEEN_EVERY_MS = 5 * 60_000;

/** Who a session stands for, or null when it ended, expired, was idle too long, or its person was disabled. One indexed query. */
export async function findSessionActor(database: Database, sessionId: string): Promise<SessionActor | null> {
  const { rows } = await database.pool.query<ActorRow>({
    name: 'session-actor',
    text: `select p.id as person_id, p.name, p.email, p.password_hash is not null as has_password, s.proved_at, s.last_seen_at as seen_at, null as token_id, null as scopes, ${GRANTS}
           from session s join person p on p.id = s.person_id
           where s.id = $1 and s.ended_at is null and s.expires_at > now() and p.disabled_at is null
             and s.last_seen_at > now() - $2 * interval '1 hour'`,
    values: [sessionId, IDLE_HOURS],
  });
  const row = rows[0];
  const actor = toActor(row);
  return actor && { ...actor, seenAt: row?.seen_at ?? new Date(0) };
}

/** Notes that the session is in use, at most every five minutes: an idle one ends. */
export async function noteSeen(
  database: Database,
  sessionId: string,
  { seenAt }: SessionActor,
): Promise<void> {
  if (Date.now() - seenAt.getTime() < SEEN_EVERY_MS) return;
  await database.pool.query('update session set last_seen_at = now() where id = $1', [sessionId]);
}

/** Who an API token stands for, or null when it is unknown, revoked, expired, or its owner was disabled. */
export async function findTokenActor(
  database: Database,
  token: string,
): Promise<(Actor & { email: string }) | null> {
  const { rows } = await database.pool.query<ActorRow>({
    name: 'token-actor',
    text: `select p.id as person_id, p.name, p.email, false as has_password, t.proved_at, null as seen_at, t.id as token_id, t.scopes, ${GRANTS}
           from api_token t join person p on p.id = t.owner_id
           where t.hash = $1 and t.revoked_at is null and t.expires_at > now() and p.disabled_at is null`,
    values: [hashToken(token)],
  });
  return toActor(rows[0]);
}

/** Tokens are 256 random bits, so one round of SHA-256 keeps them safe at rest. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function toActor(row: ActorRow | undefined): (Actor & { email: string }) | null {
  if (!row) return null;
  return {
    audit: row.token_id
      ? { kind: 'token', id: row.token_id, owner: row.person_id }
      : { kind: 'person', id: row.person_id },
    personId: row.person_id,
    name: row.name,
    email: row.email,
    grants: row.grants.filter((grant) => (ROLES as readonly Role[]).includes(grant.role)),
    ...(row.scopes ? { tokenScopes: row.scopes } : {}),
    ...(row.proved_at ? { provedAt: row.proved_at } : {}),
    ...(row.proved_at && !row.token_id
      ? { provesBy: row.has_password ? ('password' as const) : ('provider' as const) }
      : {}),
  };
}
