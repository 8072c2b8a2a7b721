import { type Grant, permits } from '#lib/domain/access/access.ts';
import type { Prisma } from '../../data/generated/client.ts';
import type { VerbContext } from '../context.ts';

/** What has to be known of a person to tell whether their approval counts, and their request stands. */
export const APPROVER = {
  id: true,
  name: true,
  email: true,
  disabledAt: true,
  grants: { select: { role: true, region: true, action: true } },
} as const satisfies Prisma.PersonSelect;
export type Approver = Prisma.PersonGetPayload<{ select: typeof APPROVER }>;

/** Whether this person may approve in all these Regions now; an approval of one who no longer may does not count. */
export function isApprover({ disabledAt, grants }: Approver, regions: readonly string[]): boolean {
  return disabledAt === null && permits(grants as Grant[], 'operation.approve', { regions }).allowed;
}

/** Names of the people, other than the one who asks, whose grants let them approve in all these Regions. */
export async function listApprovers(context: VerbContext, regions: readonly string[]): Promise<string[]> {
  const people = await context.database.prisma.person.findMany({
    where: {
      disabledAt: null,
      id: { not: context.actor.personId ?? undefined },
      grants: { some: { role: 'approver' } },
    },
    select: APPROVER,
    orderBy: { name: 'asc' },
    take: 50,
  });
  return people.filter((person) => isApprover(person, regions)).map(({ name }) => name);
}
