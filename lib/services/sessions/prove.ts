import { z } from 'zod';
import { announceChange, appendAudit } from '../../data/audit.ts';
import { ConflictError, RefusedError, ValidationError } from '../../errors.ts';
import { parseInput } from '../verb.ts';
import {
  assertNotThrottled,
  inTurn,
  recordFailure,
  type SignInContext,
  type SignInOrigin,
} from './failures.ts';
import { passwordFits } from './password.ts';
import { ACCOUNT_LIMIT, ADDRESS_LIMIT } from './sign-in.ts';

const ProveInput = z.strictObject({
  password: z.string().min(1, 'is missing').max(1024, 'is too long'),
});

/** The open session whose person shows again who they are. */
export interface OpenSession {
  sessionId: string;
  personId: string;
  email: string;
}

/**
 * Takes the password of whoever is signed in as a fresh proof, for what cannot be undone; resolves with the time from which it
 * counts. A wrong one counts and throttles as a failed sign-in does. Throws RefusedError for somebody without a password.
 */
export async function proveIdentity(
  context: SignInContext,
  origin: SignInOrigin,
  session: OpenSession,
  raw: unknown,
): Promise<Date> {
  const { password } = parseInput(ProveInput, raw);
  return inTurn(`address:${origin.address}`, () =>
    inTurn(`account:${session.email}`, () => proveAlone(context, origin, session, password)),
  );
}

async function proveAlone(
  context: SignInContext,
  origin: SignInOrigin,
  { sessionId, personId, email }: OpenSession,
  password: string,
): Promise<Date> {
  const account = `account:${email}`;
  const address = `address:${origin.address}`;
  await assertNotThrottled(context, account, ACCOUNT_LIMIT);
  await assertNotThrottled(context, address, ADDRESS_LIMIT);
  const person = await context.database.prisma.person.findUnique({ where: { id: personId } });
  if (person && person.passwordHash === null)
    throw new RefusedError(
      'no-password',
      'Nothing was done: you have no password here. Sign in again at the identity provider.',
    );
  if (!person || !(await passwordFits(person.passwordHash, password))) {
    await recordFailure(context, origin, {
      verb: 'session.prove',
      sources: [account, address],
      personId,
      rule: 'proof',
      message: 'A password was given again, and was wrong.',
    });
    throw new ValidationError('Nothing was done: that is not your password.', {
      password: 'is not your password',
    });
  }
  await keepProof(context, origin, { sessionId, personId });
  return context.now;
}

async function keepProof(
  context: SignInContext,
  origin: SignInOrigin,
  { sessionId, personId }: { sessionId: string; personId: string },
): Promise<void> {
  await context.database.inTransaction(async (connection) => {
    const { count } = await context.database.prisma.session.updateMany({
      where: { id: sessionId, personId, endedAt: null },
      data: { provedAt: context.now },
    });
    if (count !== 1) throw new ConflictError('Nothing was done: the session has ended. Sign in again.');
    await appendAudit(connection, {
      verb: 'session.prove',
      actor: { kind: 'person', id: personId },
      outcome: 'done',
      subject: `session/${sessionId}`,
      requestId: origin.requestId,
      via: 'console',
      detail: { by: 'password', address: origin.address },
    });
    await announceChange(connection, 'audit', 'session.prove');
  });
}
