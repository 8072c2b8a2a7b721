import type { ExceptionRow, FreezeRow } from '#components/freezes/model.ts';
import type { Status } from '#components/ui/model.ts';
import { recurrenceWords } from '#lib/domain/freeze/recurrence.ts';
import { type FreezesQuery, routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { FreezeSummary } from '#lib/services/freezes/list.ts';
import type { ExceptionSummary } from '#lib/services/freezes/list-exceptions.ts';
import { within } from './common.ts';
import { actionKindWords, coveredWords, EVERY_REGION, freezeTitle } from './freeze-words.ts';

/** The page's own part of its address. */
export type FreezesAsked = { [Key in keyof FreezesQuery]?: string | undefined };

type Here = { environment?: string };

const STATES = {
  'in-force': ['held', 'frozen'],
  planned: ['waiting', 'planned'],
  waiting: ['waiting', 'between times'],
  over: ['waiting', 'over'],
  lifted: ['waiting', 'lifted'],
} as const satisfies Record<FreezeSummary['state'], readonly [Status, string]>;

/** A freeze as a list shows it; `query` is where its panel opens. */
export function freezeRow(
  freeze: FreezeSummary,
  query: FreezesQuery & Here,
  chosen: string | null,
): FreezeRow {
  const [status, word] = STATES[freeze.state];
  const ended = freeze.liftedAt ?? freeze.endsAt;
  return {
    id: freeze.id,
    href: routes.freezes({ ...query, freeze: freeze.id }),
    current: freeze.id === chosen,
    title: freezeTitle(freeze),
    what: coveredWords(freeze),
    region: freeze.region ?? EVERY_REGION,
    recurs: freeze.recurrence && recurrenceWords(freeze.recurrence),
    status,
    word,
    startsAt: freeze.occurrence?.startsAt ?? freeze.startsAt.toISOString(),
    endsAt: freeze.occurrence ? freeze.occurrence.endsAt : (ended?.toISOString() ?? null),
    reason: freeze.reason,
    incidentUrl: freeze.incidentUrl,
    by: `${freeze.createdBy.name}${freeze.liftedBy ? `, lifted by ${freeze.liftedBy.name}` : ''}`,
    lift: liftPermission(freeze),
  };
}

function liftPermission(freeze: FreezeSummary): FreezeRow['lift'] {
  if (freeze.liftedAt) return { allowed: false, reason: 'It was lifted already.' };
  if (freeze.state === 'over') return { allowed: false, reason: 'It is over.' };
  return freeze.mayLift
    ? { allowed: true }
    : { allowed: false, reason: 'Lifting it needs a grant for every Region that it covers.' };
}

const EXCEPTION_STATES = {
  open: ['ok', 'open'],
  used: ['held', 'used'],
  over: ['waiting', 'over'],
  ended: ['waiting', 'taken back'],
  lifted: ['waiting', 'freeze lifted'],
} as const satisfies Record<ExceptionSummary['state'], readonly [Status, string]>;

/** An exception as a list shows it. */
export function exceptionRow(
  { estate }: Pick<VerbContext, 'estate'>,
  exception: ExceptionSummary,
  query: FreezesQuery & Here,
): ExceptionRow {
  const { id, freeze, environment, region, actionKind, state } = exception;
  const [status, word] = EXCEPTION_STATES[state];
  const over =
    state === 'open' || state === 'used'
      ? null
      : state === 'lifted'
        ? 'Its freeze was lifted.'
        : `It is ${word}.`;
  return {
    id,
    freeze: {
      title: freeze.name ?? freeze.reason,
      href: routes.freezes({ ...query, freeze: freeze.id }),
    },
    what: `${actionKindWords(actionKind)} in ${region ?? EVERY_REGION}, ${environment}`,
    who: exception.person?.name ?? 'anybody else',
    once: exception.once,
    status,
    word,
    by: exception.grantedBy.name,
    reason: exception.reason,
    grantedAt: exception.grantedAt.toISOString(),
    endsAt: (exception.endedAt ?? exception.endsAt).toISOString(),
    usedBy: exception.usedBy.map((operation) => ({
      id: operation,
      href: routes.operation(operation, within(estate, environment)),
    })),
    end: exception.mayEnd
      ? { allowed: true }
      : { allowed: false, reason: over ?? 'Taking it back needs the role approver or admin.' },
  };
}
