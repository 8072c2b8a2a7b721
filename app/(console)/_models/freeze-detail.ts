import type { ChangeForm, ExceptForm, FreezeDetail, FreezeValues } from '#components/freezes/model.ts';
import { localTime } from '#components/freezes/zones.ts';
import { permits } from '#lib/domain/access/access.ts';
import { type Freeze, freezeReason, isInForce } from '#lib/domain/freeze/freeze.ts';
import { endsByItself } from '#lib/domain/freeze/recurrence.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { heldKinds } from '#lib/services/freezes/exceptions.ts';
import { coveredRegions } from '#lib/services/freezes/input.ts';
import { type FreezeSummary, findFreeze } from '#lib/services/freezes/list.ts';
import { listExceptions } from '#lib/services/freezes/list-exceptions.ts';
import { listPeople } from '#lib/services/people/list.ts';
import { exceptionRow, freezeRow } from './freeze-rows.ts';
import { actionKindWords, EVERY_REGION, freezeTitle } from './freeze-words.ts';

const SHOWN_EXCEPTIONS = 10;

/** One freeze with all that can be done about it; null where there is none of that id. */
export async function freezeDetail(
  context: VerbContext,
  id: string,
  standing: readonly Freeze[],
  here: { environment?: string },
): Promise<FreezeDetail | null> {
  const freeze = await findFreeze(context, id);
  if (!freeze) return null;
  const stands = standing.find((found) => found.id === freeze.id);
  const { items } = await listExceptions(context, { freeze: id, state: 'all', limit: SHOWN_EXCEPTIONS });
  return {
    row: freezeRow(freeze, here, id),
    sentence:
      stands && isInForce(stands, context.now) ? `${freezeReason(stands).replace(/[.]$/, '')}.` : null,
    history: historyOf(freeze),
    exceptions: items.map((item) => exceptionRow(context, item, here)),
    except: await exceptForm(context, freeze),
    change: changeForm(freeze),
  };
}

function historyOf({ createdAt, createdBy, changedAt, changedBy, liftedAt, liftedBy }: FreezeSummary) {
  const acts: { what: string; by: string; at: Date }[] = [
    { what: 'Set by', by: createdBy.name, at: createdAt },
  ];
  if (changedAt && changedBy) acts.push({ what: 'Changed by', by: changedBy.name, at: changedAt });
  if (liftedAt && liftedBy) acts.push({ what: 'Lifted by', by: liftedBy.name, at: liftedAt });
  return acts.map(({ what, by, at }) => ({ what, by, at: at.toISOString() }));
}

function isOpen({ state }: FreezeSummary): boolean {
  return state !== 'over' && state !== 'lifted';
}

async function exceptForm(context: VerbContext, freeze: FreezeSummary): Promise<ExceptForm> {
  const { estate, actor } = context;
  const permission = permits(actor.grants, 'freeze.except');
  const regions = coveredRegions(context, freeze);
  const people = permission.allowed
    ? (await listPeople(context, { role: 'operator', state: 'active', limit: 100 })).items
    : [];
  return {
    freeze: freeze.id,
    title: freezeTitle(freeze),
    permission: isOpen(freeze) ? permission : { allowed: false, reason: 'It holds nothing any more.' },
    environments:
      freeze.environment === null ? estate.environments.map(({ name }) => name) : [freeze.environment],
    regions: [
      { value: '', label: freeze.region ?? EVERY_REGION },
      ...(freeze.region === null ? regions.map((code) => ({ value: code, label: code })) : []),
    ],
    actionKinds: heldKinds(freeze).map((kind) => ({ value: kind, label: actionKindWords(kind) })),
    people: [
      { value: '', label: 'anybody else' },
      ...people
        .filter(({ id }) => id !== actor.personId)
        .map(({ id, name }) => ({ value: id, label: `${name} alone` })),
    ],
  };
}

function changeForm(freeze: FreezeSummary): ChangeForm {
  return {
    freeze: freeze.id,
    title: freezeTitle(freeze),
    permission: !isOpen(freeze)
      ? { allowed: false, reason: freeze.liftedAt ? 'It was lifted.' : 'It is over.' }
      : freeze.mayLift
        ? { allowed: true }
        : { allowed: false, reason: 'Changing it needs a grant for every Region that it covers.' },
    values: valuesOf(freeze),
  };
}

/** As the form holds it: on the clock of its own zone, UTC for one that does not recur. */
function valuesOf(freeze: FreezeSummary): FreezeValues {
  const { recurrence } = freeze;
  const zone = recurrence?.zone ?? 'UTC';
  const local = (at: Date | null) => {
    if (at === null) return '';
    const { date, time } = localTime(at.getTime(), zone);
    return `${date}T${time}`;
  };
  return {
    name: freeze.name ?? '',
    environment: freeze.environment ?? '',
    region: freeze.region ?? '',
    kind: freeze.kind ?? (freeze.actionKind === null ? '' : `group:${freeze.actionKind}`),
    recurs: recurrence !== null,
    zone,
    start: recurrence?.start ?? '',
    end: recurrence && endsByItself(recurrence.rule) ? '' : local(freeze.endsAt),
    rule: recurrence?.rule ?? '',
    hours: recurrence ? String(Math.round((recurrence.durationMinutes / 60) * 100) / 100) : '',
    reason: freeze.reason,
    incidentUrl: freeze.incidentUrl ?? '',
  };
}
