import { z } from 'zod';
import { ROLES } from '#lib/domain/access/access.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { POLICY_PERSON_ID } from './policy-person.ts';

export const ListPeopleInput = z.strictObject({
  /** Part of a name or an e-mail address. */
  q: z.string().trim().max(120).optional(),
  role: z.enum(ROLES).optional(),
  state: z.enum(['active', 'disabled']).optional(),
  /** E-mail address of the last person of the page before. */
  after: z.string().max(254).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface PersonSummary {
  id: string;
  email: string;
  name: string;
  disabledAt: Date | null;
  demo: boolean;
  signsInBy: 'password' | 'oidc' | 'nothing';
  createdAt: Date;
  grants: {
    id: string;
    role: string;
    region: string | null;
    action: string | null;
    grantedBy: string;
    grantedByName: string | null;
    grantedAt: Date;
  }[];
  /** Open now. */
  sessions: number;
  tokens: number;
  /** Start of the newest session, or last use of a token, whichever is later. */
  lastSeenAt: Date | null;
}

/** People by e-mail address, a page at a time, with what each may do. */
export async function listPeople(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: PersonSummary[]; nextAfter: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListPeopleInput, raw);
  const found = await context.database.prisma.person.findMany({
    where: {
      id: { not: POLICY_PERSON_ID },
      ...(input.q
        ? {
            OR: [
              { name: { contains: input.q, mode: 'insensitive' } },
              { email: { contains: input.q, mode: 'insensitive' } },
            ],
          }
        : {}),
      ...(input.role ? { grants: { some: { role: input.role } } } : {}),
      ...(input.state ? { disabledAt: input.state === 'active' ? null : { not: null } } : {}),
      ...(input.after ? { email: { gt: input.after } } : {}),
    },
    select: {
      id: true,
      email: true,
      name: true,
      disabledAt: true,
      demo: true,
      passwordHash: true,
      oidcSubject: true,
      createdAt: true,
      grants: { orderBy: [{ role: 'asc' }, { region: 'asc' }] },
      sessions: { orderBy: { createdAt: 'desc' }, take: 20, select: SESSION },
      tokens: { where: { revokedAt: null, expiresAt: { gt: context.now } }, select: { lastUsedAt: true } },
    },
    orderBy: { email: 'asc' },
    take: input.limit + 1,
  });
  const page = found.slice(0, input.limit);
  const granters = await namesOf(
    context,
    page.flatMap(({ grants }) => grants.map(({ grantedBy }) => grantedBy)),
  );
  return {
    items: page.map(({ passwordHash, oidcSubject, sessions, tokens, grants, ...person }) => ({
      ...person,
      signsInBy: passwordHash ? 'password' : oidcSubject ? 'oidc' : 'nothing',
      grants: grants.map(({ personId: _, ...grant }) => ({
        ...grant,
        grantedByName: granters.get(grant.grantedBy) ?? null,
      })),
      sessions: sessions.filter(({ endedAt, expiresAt }) => endedAt === null && expiresAt > context.now)
        .length,
      tokens: tokens.length,
      lastSeenAt: latest([
        ...sessions.map(({ createdAt, lastSeenAt }) => (lastSeenAt > createdAt ? lastSeenAt : createdAt)),
        ...tokens.map(({ lastUsedAt }) => lastUsedAt),
      ]),
    })),
    nextAfter: found.length > input.limit ? (page.at(-1)?.email ?? null) : null,
  };
}

const SESSION = { createdAt: true, lastSeenAt: true, endedAt: true, expiresAt: true } as const;

async function namesOf(context: VerbContext, ids: readonly string[]): Promise<Map<string, string>> {
  const people = await context.database.prisma.person.findMany({
    where: { id: { in: [...new Set(ids)].filter((id) => /^[0-9a-f-]{36}$/.test(id)) } },
    select: { id: true, name: true },
  });
  return new Map(people.map(({ id, name }) => [id, name]));
}

function latest(times: readonly (Date | null)[]): Date | null {
  return times.reduce((newest, time) => (time && (!newest || time > newest) ? time : newest), null);
}

/** The name of a person, or null where there is none of that id. */
export async function findPersonName(context: VerbContext, id: string): Promise<string | null> {
  assertPermitted(context, 'read', {});
  const person = await context.database.prisma.person.findUnique({ where: { id }, select: { name: true } });
  return person?.name ?? null;
}
