import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ACTIONS, type Action, permits } from '#lib/domain/access/access.ts';
import { provedScopes } from '#lib/domain/access/proof.ts';
import { ConflictError, ForbiddenError, NotFoundError, RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { hashToken } from '../sessions/actor.ts';
import { requireRecentProof } from '../sessions/recent-proof.ts';
import { assertPermitted, defineVerb, parseInput } from '../verb.ts';

/** What a token may carry: everything but making more tokens. */
export const TOKEN_SCOPES = ACTIONS.filter(
  (action): action is Exclude<Action, 'token.create'> => action !== 'token.create',
);

/** Secrets begin so, for scanners of repositories and logs to find one that leaked. */
const TOKEN_PREFIX = 'mrd_';
const LONGEST_DAYS = 365;
const SHOWN_CHARACTERS = TOKEN_PREFIX.length + 6;

export const CreateTokenInput = z.strictObject({
  name: z.string().trim().min(1, 'is missing').max(80, 'is over 80 characters'),
  scopes: z
    .array(z.enum(TOKEN_SCOPES, `is not one of ${TOKEN_SCOPES.join(', ')}`))
    .min(1, 'names no scope')
    .max(TOKEN_SCOPES.length)
    .transform((scopes) => [...new Set(scopes)].sort()),
  expiresInDays: z
    .int('is not a whole number of days')
    .min(1, 'is under a day')
    .max(LONGEST_DAYS, `is over ${LONGEST_DAYS} days`)
    .default(90),
  /** Whose token it is; only the command line on the server itself may name somebody else. */
  ownerId: z.uuid('is not a person’s id').optional(),
});

/**
 * Makes an API token of one's own. The secret is in the answer and nowhere else, ever after. What it may do is the
 * smaller of its scopes and its owner's grants at the time it is used.
 */
export const createToken = defineVerb({
  name: 'token.create',
  action: 'token.create',
  input: CreateTokenInput,
  async run(context, input) {
    const ownerId = ownerOf(context, input.ownerId);
    const strong = provedScopes(input.scopes);
    // The command line on the server itself has no session: who gets there could do all of it anyway.
    if (strong.length > 0 && context.actor.personId)
      requireRecentProof(context, { act: 'make-token' }, `No token with ${strong.join(' and ')} was made`);
    const owner = await context.database.prisma.person.findUnique({
      where: { id: ownerId },
      include: { grants: true },
    });
    if (!owner) throw new NotFoundError(`There is no person ${ownerId}.`);
    if (owner.disabledAt) throw new RefusedError('disabled', 'No token was made: the account is disabled.');
    const grants = owner.id === context.actor.personId ? context.actor.grants : asGrants(owner.grants);
    const useless = input.scopes.filter((scope) => !permits(grants, scope).allowed);
    if (useless.length > 0) {
      throw new ValidationError('No token was made: it would carry what its owner may not do.', {
        scopes: `${useless.join(', ')} ${useless.length === 1 ? 'is' : 'are'} not among the owner’s grants`,
      });
    }
    const id = randomUUID();
    const secret = TOKEN_PREFIX + randomBytes(32).toString('base64url');
    const expiresAt = new Date(context.now.getTime() + input.expiresInDays * 86_400_000);
    await context.database.prisma.apiToken.create({
      data: {
        id,
        ownerId,
        name: input.name,
        prefix: secret.slice(0, SHOWN_CHARACTERS),
        hash: new Uint8Array(hashToken(secret)),
        scopes: input.scopes,
        createdAt: context.now,
        expiresAt,
        provedAt: strong.length > 0 ? (context.actor.provedAt ?? context.now) : null,
      },
    });
    return {
      result: { id, secret, name: input.name, scopes: input.scopes, expiresAt },
      subject: `token/${id}`,
      detail: { owner: ownerId, scopes: input.scopes, expiresAt: expiresAt.toISOString() },
      changes: [{ topic: 'people', ref: ownerId }],
    };
  },
});

export const RevokeTokenInput = z.strictObject({ id: z.uuid('is not a token’s id') });

/** Ends a token at once. Its owner may, a token itself, and whoever may change people. */
export const revokeToken = defineVerb({
  name: 'token.revoke',
  action: 'read',
  input: RevokeTokenInput,
  async scope({ id }, context) {
    const token = await context.database.prisma.apiToken.findUnique({ where: { id } });
    if (!token) throw new NotFoundError(`There is no token ${id}.`);
    const { actor } = context;
    const own = actor.tokenScopes ? actor.audit.id === id : token.ownerId === actor.personId;
    if (!own) assertPermitted(context, 'people.change', {});
    return { subject: `token/${id}` };
  },
  async run(context, { id }) {
    const [revoked] = await context.database.prisma.apiToken.updateManyAndReturn({
      where: { id, revokedAt: null },
      data: { revokedAt: context.now },
      select: { ownerId: true },
    });
    if (!revoked) throw new ConflictError('The token was revoked already.');
    return {
      result: { id },
      detail: { owner: revoked.ownerId },
      changes: [{ topic: 'people', ref: revoked.ownerId }],
    };
  },
});

export const ListTokensInput = z.strictObject({
  ownerId: z.uuid('is not a person’s id').optional(),
  state: z.enum(['active', 'all']).default('all'),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

export interface TokenSummary {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  owner: { id: string; name: string };
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  state: 'active' | 'expired' | 'revoked';
}

/** One's own tokens, newest first; everybody's for whoever may change people. Never a secret. */
export async function listTokens(context: VerbContext, raw: unknown): Promise<{ items: TokenSummary[] }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListTokensInput, raw);
  const all = permits(context.actor.grants, 'people.change').allowed;
  if (!all && input.ownerId && input.ownerId !== context.actor.personId)
    throw new ForbiddenError('Tokens of others are shown to who may change people, an admin.');
  const ownerId = all ? input.ownerId : (context.actor.personId ?? '00000000-0000-0000-0000-000000000000');
  const tokens = await context.database.prisma.apiToken.findMany({
    where: {
      ...(ownerId ? { ownerId } : {}),
      ...(input.state === 'active' ? { revokedAt: null, expiresAt: { gt: context.now } } : {}),
    },
    select: {
      id: true,
      name: true,
      prefix: true,
      scopes: true,
      createdAt: true,
      expiresAt: true,
      revokedAt: true,
      lastUsedAt: true,
      owner: { select: { id: true, name: true } },
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: input.limit,
  });
  return {
    items: tokens.map((token) => ({
      ...token,
      state: token.revokedAt ? 'revoked' : token.expiresAt <= context.now ? 'expired' : 'active',
    })),
  };
}

function ownerOf(context: VerbContext, asked: string | undefined): string {
  const { actor } = context;
  if (actor.audit.kind === 'local') {
    if (asked) return asked;
    throw new ValidationError('No token was made.', { ownerId: 'is missing' });
  }
  if (actor.tokenScopes) throw new RefusedError('token', 'No token was made: a token cannot make another.');
  if (!actor.personId || (asked && asked !== actor.personId))
    throw new ForbiddenError('A token is made by its owner, for themselves.');
  return actor.personId;
}

function asGrants(rows: readonly { role: string; region: string | null; action: string | null }[]) {
  return rows.map(({ role, region, action }) => ({
    role: role as VerbContext['actor']['grants'][number]['role'],
    region,
    action,
  }));
}
