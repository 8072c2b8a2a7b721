import { z } from 'zod';
import { ACTION_KINDS } from '#lib/domain/freeze/action-kinds.ts';
import type { Command, CommandInput } from '../command.ts';
import { UsageProblem } from '../exit.ts';
import { CURSOR, listText, type Page, pageOf, valuesOf } from '../list.ts';
import { getJson, postJson } from '../remote.ts';
import { time } from '../text.ts';

const Freeze = z.looseObject({
  id: z.string(),
  name: z.string().nullable(),
  environment: z.string().nullable(),
  region: z.string().nullable(),
  actionKind: z.string().nullable(),
  kind: z.string().nullable(),
  stopTheLine: z.boolean(),
  reason: z.string(),
  state: z.string(),
  recurrence: z.looseObject({ rule: z.string(), zone: z.string() }).nullable(),
  occurrence: z.object({ startsAt: z.string(), endsAt: z.string().nullable() }).nullable(),
  createdBy: z.looseObject({ name: z.string() }),
});
const Exception = z.looseObject({
  id: z.string(),
  freeze: z.looseObject({ name: z.string().nullable(), reason: z.string() }),
  environment: z.string(),
  region: z.string().nullable(),
  actionKind: z.string(),
  person: z.looseObject({ name: z.string() }).nullable(),
  once: z.boolean(),
  endsAt: z.string(),
  state: z.string(),
  usedBy: z.array(z.string()),
});
const Identified = z.object({ id: z.string() });

const list: Command = {
  name: 'freeze list',
  summary: 'Freezes, and with --exceptions what may go through them',
  options: {
    environment: { value: '<name>', help: 'every one by default' },
    state: { value: '<state>', help: 'open (default), ended or all' },
    exceptions: { help: 'exceptions instead of freezes' },
    limit: { value: '<n>', help: '50 by default, 200 at most' },
    ...CURSOR,
  },
  async run(input) {
    const query = valuesOf(input, ['environment', 'state', 'limit', 'cursor']);
    if (input.flag('exceptions')) {
      const found = await getJson(pageOf(Exception), '/freeze-exceptions', query);
      return { json: found, text: exceptionsText(found) };
    }
    const found = await getJson(pageOf(Freeze), '/freezes', query);
    return { json: found, text: freezesText(found) };
  },
};

function freezesText({ items, nextCursor }: Page<typeof Freeze>): string {
  return listText(
    ['Id', 'State', 'Name', 'Holds', 'Where', 'From', 'Until', 'By', 'Reason'],
    items.map((freeze) => [
      freeze.id,
      freeze.state,
      freeze.name ?? (freeze.stopTheLine ? 'Stop the line' : '–'),
      freeze.kind ?? freeze.actionKind ?? 'every change',
      `${freeze.region ?? 'all Regions'}, ${freeze.environment ?? 'every environment'}`,
      freeze.occurrence ? time(freeze.occurrence.startsAt) : '–',
      freeze.occurrence ? (freeze.occurrence.endsAt ? time(freeze.occurrence.endsAt) : 'lifted') : '–',
      freeze.createdBy.name,
      freeze.recurrence
        ? `${freeze.reason} (${freeze.recurrence.rule}, ${freeze.recurrence.zone})`
        : freeze.reason,
    ]),
    'Nothing is frozen.',
    nextCursor,
  );
}

function exceptionsText({ items, nextCursor }: Page<typeof Exception>): string {
  return listText(
    ['Id', 'State', 'Through', 'Lets through', 'Where', 'For', 'Until', 'Used by'],
    items.map((exception) => [
      exception.id,
      exception.state,
      exception.freeze.name ?? exception.freeze.reason,
      `${exception.actionKind}${exception.once ? ', once' : ''}`,
      `${exception.region ?? 'all Regions'}, ${exception.environment}`,
      exception.person?.name ?? 'anybody else',
      time(exception.endsAt),
      exception.usedBy.join(', ') || '–',
    ]),
    'Nothing is excepted.',
    nextCursor,
  );
}

const create: Command = {
  name: 'freeze create',
  summary: 'Freeze changes, once or again and again',
  notes: `Kinds: ${ACTION_KINDS.join(', ')}, or one kind of operation with --only; without either, every change but rollbacks.
A freeze that recurs has --rule (RFC 5545, without UNTIL), --start (local time), --zone and --hours.
A freeze of rollbacks is refused until --accept rollback-frozen.`,
  options: {
    reason: { value: '<text>', help: 'why; shown to everybody it holds' },
    name: { value: '<name>', help: 'what people call it' },
    environment: { value: '<name>', help: 'every one by default' },
    region: { value: '<code>', help: 'every one by default' },
    kind: { value: '<kind>', help: 'a kind of action' },
    only: { value: '<kind>', help: 'one kind of operation instead' },
    'stop-the-line': { help: 'also holds what is running at its next gate' },
    from: { value: '<time>', help: 'ISO 8601; now by default' },
    until: { value: '<time>', help: 'ISO 8601; until it is lifted by default' },
    rule: { value: '<rrule>', help: 'again and again: FREQ=WEEKLY;BYDAY=FR' },
    start: { value: '<local time>', help: 'from which the rule counts: 2026-11-27T22:00' },
    zone: { value: '<zone>', help: 'whose clock decides: Europe/Berlin' },
    hours: { value: '<n>', help: 'how long each time lasts on that clock' },
    incident: { value: '<url>', help: 'where it is dealt with' },
    accept: { value: '<code>', many: true, help: 'a warning that is accepted' },
  },
  async run(input) {
    const made = await postJson(Identified, '/freezes', {
      reason: input.required('reason'),
      name: input.value('name') ?? null,
      environment: input.value('environment') ?? null,
      region: input.value('region') ?? null,
      actionKind: input.value('kind') ?? null,
      kind: input.value('only') ?? null,
      stopTheLine: input.flag('stop-the-line'),
      ...(input.value('from') === undefined ? {} : { startsAt: input.value('from') }),
      endsAt: input.value('until') ?? null,
      recurrence: recurrenceOf(input),
      incidentUrl: input.value('incident') ?? null,
      acknowledged: input.values('accept'),
    });
    return { json: made, text: `Frozen: ${made.id}. Lift it with: freeze lift ${made.id}` };
  },
};

/** All four parts of a recurrence, or none of them. */
function recurrenceOf(input: CommandInput) {
  const given = (['rule', 'start', 'zone', 'hours'] as const).filter(
    (name) => input.value(name) !== undefined,
  );
  if (given.length === 0) return null;
  const hours = input.number('hours');
  if (given.length < 4 || hours === undefined)
    throw new UsageProblem('A freeze that recurs needs --rule, --start, --zone and --hours, all four.');
  return {
    rule: input.required('rule'),
    start: input.required('start'),
    zone: input.required('zone'),
    durationMinutes: Math.round(hours * 60),
  };
}

const lift: Command = {
  name: 'freeze lift',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'End a freeze now',
  options: { reason: { value: '<text>', help: 'why; kept in the audit log' } },
  async run(input) {
    const id = input.positionals[0] ?? '';
    const lifted = await postJson(Identified, `/freezes/${encodeURIComponent(id)}/lift`, {
      reason: input.value('reason') ?? '',
    });
    return { json: lifted, text: `Lifted: ${lifted.id}.` };
  },
};

const except: Command = {
  name: 'freeze except',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'Let one kind of action of others through a freeze',
  notes: 'Needs the role approver or admin. Nobody’s own request goes through by what they granted.',
  options: {
    kind: { value: '<kind>', help: ACTION_KINDS.join(', ') },
    environment: { value: '<name>', help: 'in which environment' },
    region: { value: '<code>', help: 'every Region of the freeze by default' },
    person: { value: '<id>', help: 'whose requests; anybody else’s by default' },
    once: { help: 'one operation, and no second' },
    until: { value: '<time>', help: 'ISO 8601, 31 days ahead at most' },
    reason: { value: '<text>', help: 'why; kept with what goes through' },
  },
  async run(input) {
    const id = input.positionals[0] ?? '';
    const made = await postJson(Identified, `/freezes/${encodeURIComponent(id)}/except`, {
      environment: input.required('environment'),
      region: input.value('region') ?? null,
      actionKind: input.required('kind'),
      person: input.value('person') ?? null,
      once: input.flag('once'),
      endsAt: input.required('until'),
      reason: input.required('reason'),
    });
    return { json: made, text: `Excepted: ${made.id}.` };
  },
};

export const freezeCommands: readonly Command[] = [list, create, lift, except];
