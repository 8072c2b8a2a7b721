import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ACTIONS, type Action, ROLE_ACTIONS, ROLES } from '#lib/domain/access/access.ts';
import { violatedIndex } from '../../data/database.ts';
import { ConflictError, NotFoundError, RefusedError, ValidationError } from '../../errors.ts';
import { defineVerb } from '../verb.ts';
import { requireKnown } from './accounts.ts';
import { assertAnotherAdmin } from './admins.ts';
import { endSessionsOf } from './end-sessions.ts';
import { personId } from './ids.ts';

export const GrantRoleInput = z.strictObject({
  personId,
  role: z.enum(ROLES, `is not one of ${ROLES.join(', ')}`),
  /** Null for every Region. */
  region: z.string().min(1).max(40).nullable().default(null),
  /** Null for every action of the role. */
  action: z.enum(ACTIONS, 'is not an action').nullable().default(null),
});

/** Gives someone a role, narrowed to a Region or an action where these are given. Nobody can give one to themselves. */
export const grantRole = defineVerb({
  name: 'grant.create',
  action: 'people.change',
  input: GrantRoleInput,
  scope: (input) => ({ subject: `person/${input.personId}` }),
  async run(context, input, connection) {
    if (input.personId === context.actor.personId) {
      throw new RefusedError(
        'own-grant',
        'Nothing was granted: nobody can widen their own grants. Ask another admin.',
      );
    }
    await requireKnown(context, input.personId);
    if (input.region && !context.estate.regions.some(({ code }) => code === input.region)) {
      throw new ValidationError('Nothing was granted: no such Region.', {
        region: `is not one of ${context.estate.regions.map(({ code }) => code).join(', ')}`,
      });
    }
    if (input.action && !(ROLE_ACTIONS[input.role] as readonly Action[]).includes(input.action)) {
      throw new ValidationError('Nothing was granted: the role does not carry that action.', {
        action: `is not one of ${ROLE_ACTIONS[input.role].join(', ')}, which ${input.role} carries`,
      });
    }
    const id = randomUUID();
    try {
      await context.database.prisma.roleGrant.create({
        data: { ...input, id, grantedBy: context.actor.audit.id, grantedAt: context.now },
      });
    } catch (error) {
      if (violatedIndex(error) !== 'role_grant_once') throw error;
      throw new ConflictError('They have that very grant already.');
    }
    await endSessionsOf(connection, input.personId, context.now, 'grants changed');
    return {
      result: { id },
      detail: { grant: id, role: input.role, region: input.region, action: input.action },
      changes: [{ topic: 'people', ref: input.personId }],
    };
  },
});

export const RevokeGrantInput = z.strictObject({ id: z.uuid('is not a grant’s id') });

/** Takes a grant away; the person's sessions end. The last admin's cannot be taken. */
export const revokeGrant = defineVerb({
  name: 'grant.revoke',
  action: 'people.change',
  input: RevokeGrantInput,
  async scope(input, context) {
    const grant = await context.database.prisma.roleGrant.findUnique({ where: { id: input.id } });
    if (!grant) throw new NotFoundError(`There is no grant ${input.id}.`);
    return { subject: `person/${grant.personId}` };
  },
  async run(context, input, connection) {
    const grant = await context.database.prisma.roleGrant.findUnique({ where: { id: input.id } });
    if (grant?.role === 'admin')
      await assertAnotherAdmin(connection, grant.personId, 'The grant was not taken away');
    const { count } = await context.database.prisma.roleGrant.deleteMany({ where: { id: input.id } });
    if (!grant || count !== 1) throw new ConflictError('The grant was taken away by someone else meanwhile.');
    await endSessionsOf(connection, grant.personId, context.now, 'grants changed');
    return {
      result: { id: input.id },
      detail: { grant: input.id, role: grant.role, region: grant.region, action: grant.action },
      changes: [{ topic: 'people', ref: grant.personId }],
    };
  },
});
