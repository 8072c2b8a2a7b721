import { type Grant, permits } from '#lib/domain/access/access.ts';
import type { VerbContext } from '../context.ts';

/** Names of the people, other than the one who asks, whose grants let them approve in all these Regions. */
export async function listApprovers(context: VerbContext, regions: readonly string[]): Promise<string[]> {
  const people = await context.database.prisma.person.findMany({
    where: {
      disabledAt: null,
      id: { not: context.actor.personId ?? undefined },
      grants: { some: { role: 'approver' } },
    },
    select: { name: true, grants: { select: { role: true, region: true, action: true } } },
    orderBy: { name: 'asc' },
    take: 50,
  });
  return people
    .filter(({ grants }) => permits(grants as Grant[], 'operation.approve', { regions }).allowed)
    .map(({ name }) => name);
}
