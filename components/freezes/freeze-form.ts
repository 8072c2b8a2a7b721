import { ACTION_KINDS } from '#lib/domain/freeze/action-kinds.ts';
import type { FreezeRequest, FreezeValues, RecurrenceValues } from './model.ts';
import { instantIn, isKnownZone } from './zones.ts';

export const EVERY = '';
/** Of the kinds, the groups; the rest are kinds of operation. */
const GROUP_PREFIX = 'group:';

export type RepeatKey = 'day' | 'weekday' | 'week' | 'weekend' | 'month' | 'last' | 'own';

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;

/** Rules that people ask for, as the first day makes them. */
export function repeats(start: string): readonly { value: RepeatKey; label: string; rule: string | null }[] {
  const first = new Date(`${start.slice(0, 10)}T00:00:00Z`);
  const known = !Number.isNaN(first.getTime());
  const day = known ? (WEEKDAYS[first.getUTCDay()] ?? 'MO') : 'MO';
  const date = known ? first.getUTCDate() : 1;
  return [
    { value: 'day', label: 'Every day', rule: 'FREQ=DAILY' },
    { value: 'weekday', label: 'Every working day', rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR' },
    { value: 'week', label: `Every week, ${DAY_NAMES[day]}`, rule: `FREQ=WEEKLY;BYDAY=${day}` },
    { value: 'weekend', label: 'Every Saturday', rule: 'FREQ=WEEKLY;BYDAY=SA' },
    { value: 'month', label: `Every month, on day ${date}`, rule: `FREQ=MONTHLY;BYMONTHDAY=${date}` },
    { value: 'last', label: `Every month, last ${DAY_NAMES[day]}`, rule: `FREQ=MONTHLY;BYDAY=-1${day}` },
    { value: 'own', label: 'By a rule of its own', rule: null },
  ];
}

const DAY_NAMES = {
  SU: 'Sunday',
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
} as const;

export function isRollback({ kind }: Pick<FreezeValues, 'kind'>): boolean {
  return kind === `${GROUP_PREFIX}rollback`;
}

/** Why this cannot be sent yet, in the order of the form; undefined where it can. */
export function freezeBlocker(values: FreezeValues, accepted: boolean, now: number): string | undefined {
  if (!isKnownZone(values.zone)) return 'Choose a time zone first.';
  const end = values.end === '' ? null : instantIn(values.zone, values.end);
  if (values.end !== '' && end === null) return 'Its end is not a time.';
  if (end !== null && Date.parse(end) <= now) return 'Its end has passed. Choose a later one.';
  if (values.recurs) {
    if (values.start === '') return 'Choose when it first begins.';
    if (values.rule.trim() === '') return 'Choose how it comes again.';
    if (!(minutesOf(values.hours) > 0)) return 'Say how many hours it lasts.';
  } else if (values.start !== '') {
    const start = instantIn(values.zone, values.start);
    if (start === null) return 'Its beginning is not a time.';
    if (end !== null && start >= end) return 'It would end before it begins.';
  }
  if (isRollback(values) && !accepted) return 'Accept what a freeze of rollbacks does first.';
  return values.reason.trim().length < 3 ? 'Write a reason first.' : undefined;
}

/** Hours with a decimal point or comma, as whole minutes. */
export function minutesOf(hours: string): number {
  return /^\d{1,3}(?:[.,]\d{1,2})?$/.test(hours.trim())
    ? Math.round(Number(hours.trim().replace(',', '.')) * 60)
    : Number.NaN;
}

/** The recurrence that the form holds; null where it holds none that could be looked at. */
export function recurrenceOf(values: FreezeValues): RecurrenceValues | null {
  const durationMinutes = minutesOf(values.hours);
  if (!values.recurs || values.start === '' || values.rule.trim() === '' || !(durationMinutes > 0))
    return null;
  return { start: values.start, rule: values.rule.trim(), zone: values.zone, durationMinutes };
}

export function endOf({ zone, end }: Pick<FreezeValues, 'zone' | 'end'>): string | null {
  return end === '' ? null : instantIn(zone, end);
}

/** What the form sends. */
export function freezeRequest(values: FreezeValues, accepted: boolean): FreezeRequest {
  const group = ACTION_KINDS.find((kind) => values.kind === `${GROUP_PREFIX}${kind}`) ?? null;
  const startsAt = values.recurs || values.start === '' ? null : instantIn(values.zone, values.start);
  return {
    name: values.name.trim() === '' ? null : values.name.trim(),
    environment: values.environment === EVERY ? null : values.environment,
    region: values.region === EVERY ? null : values.region,
    actionKind: group,
    kind: group === null && values.kind !== EVERY ? values.kind : null,
    reason: values.reason.trim(),
    incidentUrl: values.incidentUrl.trim() === '' ? null : values.incidentUrl.trim(),
    ...(startsAt === null ? {} : { startsAt }),
    endsAt: endOf(values),
    recurrence: recurrenceOf(values),
    acknowledged: accepted && isRollback(values) ? ['rollback-frozen'] : [],
  };
}
