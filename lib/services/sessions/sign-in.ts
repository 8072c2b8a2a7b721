import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { announceChange, appendAudit } from '../../data/audit.ts';
import type { Database } from '../../data/database.ts';
import { NotSignedInError, ThrottledError } from '../../errors.ts';
import { parseInput } from '../verb.ts';
import { passwordFits } from './password.ts';

export const SignInInput = z.strictObject({
  email: z.string().trim().toLowerCase().min(3, 'is missing').max(254, 'is too long'),
  password: z.string().min(1, 'is missing').max(1024, 'is too long'),
});

export interface SignInOrigin {
  address: string;
  userAgent: string;
  requestId: string;
}

/** Hours until a session ends whatever happens; a working day and a half, so that nobody signs in mid-incident. */
export const SESSION_HOURS = 12;
/** Failures from one account or address in `WINDOW_MINUTES` after which sign-in waits. */
const ACCOUNT_LIMIT = 10;
const ADDRESS_LIMIT = 50;
const WINDOW_MINUTES = 15;

interface SignInContext {
  database: Database;
  now: Date;
}

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
  const account = `account:${input.email}`;
  const address = `address:${origin.address}`;
  await assertNotThrottled(context, account, ACCOUNT_LIMIT);
  await assertNotThrottled(context, address, ADDRESS_LIMIT);
  const person = await context.database.prisma.person.findUnique({ where: { email: input.email } });
  const fits = await passwordFits(person?.passwordHash ?? null, input.password);
  if (!person || !fits || person.disabledAt) {
    await recordFailure(context, origin, [account, address], person?.id ?? null);
    throw new NotSignedInError(
      'Not signed in: that e-mail and password do not fit an account that may sign in.',
    );
  }
  return { sessionId: await openSession(context, origin, person.id, 'password'), personId: person.id };
}

/** Opens a session for someone an identity provider vouched for; audited. */
export async function openSession(
  context: SignInContext,
  origin: SignInOrigin,
  personId: string,
  by: 'password' | 'oidc',
): Promise<string> {
  const sessionId = randomUUID();
  await context.database.inTransaction(async (connection) => {
    await context.database.prisma.session.create({
      data: {
        id: sessionId,
        personId,
        createdAt: context.now,
        lastSeenAt: context.now,
        provedAt: context.now,
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
      detail: { by, address: origin.address },
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

async function assertNotThrottled(context: SignInContext, source: string, limit: number): Promise<void> {
  const since = new Date(context.now.getTime() - WINDOW_MINUTES * 60_000);
  const { _sum, _max } = await context.database.prisma.signInFailure.aggregate({
    where: { source, minute: { gte: since } },
    _sum: { count: true },
    _max: { minute: true },
  });
  if ((_sum.count ?? 0) < limit) return;
  const until = (_max.minute?.getTime() ?? context.now.getTime()) + WINDOW_MINUTES * 60_000;
  const seconds = Math.max(1, Math.ceil((until - context.now.getTime()) / 1000));
  throw new ThrottledError(
    `Sign-in is paused after ${limit} failed tries. Try again in ${Math.ceil(seconds / 60)} min, or ask an admin.`,
    seconds,
  );
}

/** Counts by minute; the first failure of a minute writes the audit entry, so a flood cannot fill the log. */
async function recordFailure(
  context: SignInContext,
  origin: SignInOrigin,
  sources: readonly string[],
  personId: string | null,
): Promise<void> {
  await context.database.inTransaction(async (connection) => {
    let firstOfMinute = false;
    for (const source of sources) {
      const { rows } = await connection.query<{ count: number }>(
        `insert into sign_in_failure (source, minute, count) values ($1, date_trunc('minute', $2::timestamptz), 1)
         on conflict (source, minute) do update set count = sign_in_failure.count + 1 returning count`,
        [source, context.now],
      );
      firstOfMinute ||= rows[0]?.count === 1;
    }
    if (!firstOfMinute) return;
    await appendAudit(connection, {
      verb: 'session.open',
      actor: { kind: 'person', id: personId ?? 'unknown' },
      outcome: 'refused',
      rule: 'sign-in',
      message: 'Sign-in failed; further failures in this minute are counted, not listed.',
      requestId: origin.requestId,
      via: 'console',
      detail: { address: origin.address },
    });
    await announceChange(connection, 'audit', 'session.open');
  });
}
