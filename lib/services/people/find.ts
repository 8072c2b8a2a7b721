import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';

/** The id of the one person whose name or e-mail address begins so, or null when nobody or several do. */
export async function findPersonId(context: VerbContext, beginning: string): Promise<string | null> {
  assertPermitted(context, 'read', {});
  const people = await context.database.prisma.person.findMany({
    where: {
      OR: [
        { name: { startsWith: beginning, mode: 'insensitive' } },
        { email: { startsWith: beginning.toLowerCase() } },
      ],
    },
    select: { id: true },
    take: 2,
  });
  return people.length === 1 ? (people[0]?.id ?? null) : null;
}
