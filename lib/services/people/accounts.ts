import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { violatedIndex } from '../../data/database.ts';
import { ConflictError, ForbiddenError, NotFoundError, RefusedError, ValidationError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { hashPassword, passwordFits } from '../sessions/password.ts';
import { defineVerb } from '../verb.ts';
import { assertAnotherAdmin } from './admins.ts';
import { endSessionsOf } from './end-sessions.ts';
import { email, password, personId, personName } from './ids.ts';
import { POLICY_PERSON_ID } from './policy-person.ts';

export const CreatePersonInput = z.strictObject({
  email,
  name: personName,
  /** Absent for someone who signs in through the identity provider. */
  password: password.optional(),
});

/** Adds a person without any role: what they may do is granted apart. */
export const createPerson = defineVerb({
  name: 'person.create',
  action: 'people.change',
  input: CreatePersonInput,
  async run(context, input) {
    const id = randomUUID();
    try {
      await context.database.prisma.person.create({
        data: {
          id,
          email: input.email,
          name: input.name,
          passwordHash: input.password ? await hashPassword(input.password) : null,
          createdAt: context.now,
        },
      });
    } catch (error) {
      if (violatedIndex(error) !== 'person_email') throw error;
      throw new ValidationError('Nobody was added: that e-mail address is taken.', {
        email: 'belongs to someone who is here already',
      });
    }
    return {
      result: { id, email: input.email, name: input.name },
      subject: `person/${id}`,
      detail: { password: input.password !== undefined },
      changes: [{ topic: 'people', ref: id }],
    };
  },
});

export const PersonInput = z.strictObject({ id: personId });

/** Shuts an account: its sessions and tokens end at once, and it stays so until enabled again. */
export const disablePerson = defineVerb({
  name: 'person.disable',
  action: 'people.change',
  input: PersonInput,
  scope: ({ id }) => ({ subject: `person/${id}` }),
  async run(context, { id }, connection) {
    await requireKnown(context, id);
    await assertAnotherAdmin(connection, id, 'The account was not disabled');
    const { count } = await context.database.prisma.person.updateMany({
      where: { id, disabledAt: null },
      data: { disabledAt: context.now },
    });
    if (count !== 1) throw new ConflictError('The account is disabled already.');
    const sessions = await endSessionsOf(connection, id, context.now, 'account disabled');
    return { result: { id, sessions }, detail: { sessions }, changes: [{ topic: 'people', ref: id }] };
  },
});

/** Opens a disabled account again, with the grants it had. */
export const enablePerson = defineVerb({
  name: 'person.enable',
  action: 'people.change',
  input: PersonInput,
  scope: ({ id }) => ({ subject: `person/${id}` }),
  async run(context, { id }) {
    await requireKnown(context, id);
    const { count } = await context.database.prisma.person.updateMany({
      where: { id, disabledAt: { not: null } },
      data: { disabledAt: null },
    });
    if (count !== 1) throw new ConflictError('The account is not disabled.');
    return { result: { id }, changes: [{ topic: 'people', ref: id }] };
  },
});

export const RenamePersonInput = z.strictObject({ id: personId, name: personName });

/** Changes the name that people see; the log keeps ids, so its past rows show the new name too. */
export const renamePerson = defineVerb({
  name: 'person.rename',
  action: 'people.change',
  input: RenamePersonInput,
  scope: ({ id }) => ({ subject: `person/${id}` }),
  async run(context, { id, name }) {
    await requireKnown(context, id);
    await context.database.prisma.person.update({ where: { id }, data: { name } });
    return { result: { id, name }, changes: [{ topic: 'people', ref: id }] };
  },
});

export const SetPasswordInput = z.strictObject({ id: personId, password });

/** Sets someone's password; their sessions end. One's own is changed by `changeOwnPassword`, which asks for the old one. */
export const setPassword = defineVerb({
  name: 'person.set-password',
  action: 'people.change',
  input: SetPasswordInput,
  scope: ({ id }) => ({ subject: `person/${id}` }),
  async run(context, input, connection) {
    if (input.id === context.actor.personId) {
      throw new RefusedError('own-password', 'Change your own password with your old one, not as an admin.');
    }
    await requireKnown(context, input.id);
    await context.database.prisma.person.update({
      where: { id: input.id },
      data: { passwordHash: await hashPassword(input.password) },
    });
    const sessions = await endSessionsOf(connection, input.id, context.now, 'password changed');
    return {
      result: { id: input.id, sessions },
      detail: { sessions },
      changes: [{ topic: 'people', ref: input.id }],
    };
  },
});

export const ChangeOwnPasswordInput = z.strictObject({
  current: z.string().min(1, 'is missing').max(1024),
  password,
});

/**
 * Changes one's own password for the right old one; every session of the person ends, this one too, and API tokens stay. Of two
 * changes at once one is made.
 */
export const changeOwnPassword = defineVerb({
  name: 'person.change-password',
  action: 'read',
  input: ChangeOwnPasswordInput,
  scope: (_, context) => ({ subject: `person/${context.actor.personId}` }),
  async run(context, input, connection) {
    const { personId: id, tokenScopes } = context.actor;
    if (!id || tokenScopes) throw new ForbiddenError('A password is changed in a session, not by a token.');
    const { passwordHash } = await requireKnown(context, id);
    if (passwordHash === null)
      throw new RefusedError(
        'no-password',
        'The password was not changed: you have none here. Change it at the identity provider that you sign in with.',
      );
    if (!(await passwordFits(passwordHash, input.current)))
      throw new ValidationError('The password was not changed.', { current: 'is not your password' });
    if (input.password === input.current)
      throw new ValidationError('The password was not changed.', { password: 'is the one you have' });
    const { count } = await context.database.prisma.person.updateMany({
      where: { id, passwordHash },
      data: { passwordHash: await hashPassword(input.password) },
    });
    if (count !== 1)
      throw new ConflictError(
        'The password was not changed: it was changed elsewhere at the same moment. Sign in with that one.',
      );
    const sessions = await endSessionsOf(connection, id, context.now, 'password changed');
    return { result: { id }, detail: { sessions }, changes: [{ topic: 'people', ref: id }] };
  },
});

export async function requireKnown(
  context: VerbContext,
  id: string,
): Promise<{ id: string; passwordHash: string | null; disabledAt: Date | null }> {
  const person = await context.database.prisma.person.findUnique({
    where: { id },
    select: { id: true, passwordHash: true, disabledAt: true },
  });
  if (!person || id === POLICY_PERSON_ID) throw new NotFoundError(`There is no person ${id}.`);
  return person;
}
