import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { SIGN_IN_REFUSED } from '#lib/domain/access/sign-in-words.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import { NotSignedInError } from '../../errors.ts';
import { parseInput } from '../verb.ts';
import {
  assertNotThrottled,
  inTurn,
  recordFailure,
  type SignInContext,
  type SignInOrigin,
} from './failures.ts';
import { passwordFits } from './password.ts';

export const SignInInput = z.strictObject({
  email: z.string().trim().toLowerCase().min(3, 'is missing').max(254, 'is too long'),
  password: z.string().min(1, 'is missing').max(1024, 'is too long'),
});

/** Hours until a session ends whatever happens; a working day and a half, so that nobody signs in mid-incident. */
export const SESSION_HOURS = 12;
/** Hours without a request after which a session ends: an open console asks by itself, a closed one does not. */
export const IDLE_HOURS = 4;
/** Failures from one account or address in 15 minutes after which sign-in waits. */
export const ACCOUNT_LIMIT = 10;
export const ADDRESS_LIMIT = 50;

/**
 * Opens a session for the right password. A wrong one and an unknown account say and cost the same. After ten failures for
 * an account, or fifty from an address, in 15 minutes, throws ThrottledError.
 */
export async function signIn(
  context: SignInContext,
  origin: SignInOrigin,
  raw: unknown,
): Promise<{ sessionId: string; personId: string }> {
  const input = parseInput(SignInInput, raw);
  return inTurn(`address:${origin.address}`, () =>
    inTurn(`account:${input.email}`, () => signInAlone(context, origin, input)),
  );
}

async function signInAlone(
  context: SignInContext,
  origin: SignInOrigin,
  input: z.output<typeof SignInInput>,
): Promise<{ sessionId: string; personId: string }> {
  const account = `account:${input.email}`;
  const address = `address:${origin.address}`;
  await assertNotThrottled(context, account, ACCOUNT_LIMIT);
  await assertNotThrottled(context, address, ADDRESS_LIMIT);
  const person = await context.database.prisma.person.findUnique({ where: { email: input.email } });
  const fits = await passwordFits(person?.passwordHash ?? null, input.password);
  if (!person || !fits || person.disabledAt) {
    await recordFailure(context, origin, {
      sources: [account, address],
      personId: person?.id ?? null,
      rule: 'sign-in',
      message: 'Sign-in failed.',
    });
    throw new NotSignedInError(SIGN_IN_REFUSED);
  }
  return { sessionId: await openSession(context, origin, person.id, 'password'), personId: person.id };
}

/** A provider that does not say when it was proved who somebody is: nothing is fresh about that. */
const NEVER_PROVED = new Date(0);

/**
 * Opens a session for someone who gave their password just now, or for whom an identity provider vouched; audited.
 * `provedAt` is when they signed in there, null where it does not say.
 */
export async function openSession(
  context: SignInContext,
  origin: SignInOrigin,
  personId: string,
  by: 'password' | { oidc: { provedAt: Date | null } },
): Promise<string> {
  const provedAt = by === 'password' ? context.now : (by.oidc.provedAt ?? NEVER_PROVED);
  const sessionId = randomUUID();
  await context.database.inTransaction(async (connection) => {
    await context.database.prisma.session.create({
      data: {
        id: sessionId,
        personId,
        createdAt: context.now,
        lastSeenAt: context.now,
        provedAt: provedAt > context.now ? context.now : provedAt,
        expiresAt: new Date(context.now.getTime() + SESSION_HOURS * 3_600_000),
        address: origin.address,
        userAgent: origin.userAgent.slice(0, 300),
      },
    });
    await appendAudit(connection, {
      verb: 'session.open',
      actor: { kind: 'person', id: personId },
      outcome: 'done',
      subject: `session/${sessionId}`,
      requestId: origin.requestId,
      via: 'console',
      detail: { by: by === 'password' ? by : 'oidc', address: origin.address },
    });
    await announceChange(connection, 'audit', 'session.open');
  });
  return sessionId;
}

/** Ends a session; its streams end with it. Ending one that has ended is not an error. */
export async function endSession(context: SignInContext, sessionId: string, reason: string): Promise<void> {
  await context.database.inTransaction(async (connection) => {
    const ended = await context.database.prisma.session.updateManyAndReturn({
      where: { id: sessionId, endedAt: null },
      data: { endedAt: context.now, endedReason: reason },
      select: { personId: true },
    });
    const session = ended[0];
    if (!session) return;
    await appendAudit(connection, {
      verb: 'session.end',
      actor: { kind: 'person', id: session.personId },
      outcome: 'done',
      subject: `session/${sessionId}`,
      detail: { reason },
    });
    await announceChange(connection, 'audit', 'session.end');
  });
}
