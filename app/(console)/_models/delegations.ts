import type { DelegationsModel } from '#components/approvals/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { type DelegationSummary, listDelegations } from '#lib/services/approvals/delegations.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listPeople } from '#lib/services/people/list.ts';

const STATES = {
  'in-force': { status: 'ok', word: 'in force' },
  planned: { status: 'waiting', word: 'planned' },
  over: { status: 'held', word: 'over' },
  revoked: { status: 'held', word: 'revoked' },
} as const satisfies Record<DelegationSummary['state'], { status: string; word: string }>;

/** Who decides in that person's name, and in whose name they do; one's own may be made here. */
export async function delegationsModel(context: VerbContext, person: string): Promise<DelegationsModel> {
  const { items } = await listDelegations(context, { person, state: 'all', limit: 20 });
  const isOwn = person === context.actor.personId;
  const people = isOwn ? (await listPeople(context, { state: 'active', limit: 200 })).items : [];
  return {
    items: items.map((item) => ({
      id: item.id,
      who: `${item.to.name} for ${item.from.name}`,
      reason: item.reason,
      startsAt: item.startsAt.toISOString(),
      endsAt: item.endsAt.toISOString(),
      ...STATES[item.state],
      mayRevoke: item.mayRevoke,
    })),
    people: people.filter(({ id }) => id !== person).map(({ id, name }) => ({ id, name })),
    create: isOwn ? permits(context.actor.grants, 'operation.approve') : null,
  };
}
