import { createElement } from 'react';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FreezesView } from '#components/freezes/freezes-view.tsx';
import type { FreezesActions } from '#components/freezes/model.ts';
import { exceptFreeze } from '#lib/services/freezes/exceptions.ts';
import { changeFreeze, createFreeze, liftFreeze } from '#lib/services/freezes/freezes.ts';
import type { FreezesAsked } from '../../app/(console)/_models/freeze-rows.ts';
import { freezesModel } from '../../app/(console)/_models/freezes.ts';
import { settingsModel } from '../../app/(console)/_models/settings.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { textOf } from './pages.ts';

const world = testWorld();
const NOW = new Date('2026-10-20T21:00:00Z');
const NIGHTS = { start: '2026-10-01T22:00', rule: 'FREQ=DAILY', zone: 'Europe/Berlin', durationMinutes: 480 };

let operator: TestPerson;
let approver: TestPerson;
let viewer: TestPerson;

beforeAll(async () => {
  operator = await world.person('operator', { name: 'Olga Operator' });
  approver = await world.person('approver', { name: 'Ada Approver' });
  viewer = await world.person('viewer');
});
beforeEach(async () => {
  await world.owner.query('truncate "freeze" cascade');
});

const as = (person: TestPerson, now = NOW) => world.contextFor(person, { now });
const page = (asked: FreezesAsked = {}, person = operator, environment = 'production') =>
  freezesModel(as(person), environment, asked);
const never = async () => ({ ok: true as const });
const ACTIONS: FreezesActions = {
  stop: never,
  create: never,
  change: never,
  lift: never,
  preview: async () => ({ ok: true, preview: { next: [], endsAt: null } }),
  except: never,
  endException: never,
};
const shown = (model: Awaited<ReturnType<typeof page>>) =>
  textOf(model.at, createElement(FreezesView, { freezes: model, actions: ACTIONS }));

const nights = (changes: object = {}) =>
  createFreeze(as(operator), {
    name: 'Nights',
    environment: 'production',
    actionKind: 'shift',
    reason: 'nobody is awake',
    recurrence: NIGHTS,
    ...changes,
  });

describe('now', () => {
  it('with nothing frozen says so, in every cell', async () => {
    const model = await page();
    expect(model).toMatchObject({ status: 'ok', answer: 'Nothing is frozen.', rows: [] });
    expect(model.matrix?.regions).toEqual(['us-east-1', 'eu-west-1', 'ap-southeast-1']);
    expect(new Set(model.matrix?.rows.flat().map(({ word }) => word))).toEqual(new Set(['open']));
    expect(shown(model)).toContain('No freeze is set.');
  });

  it('says which freeze, until when, by whom and why, in the heading, the cell and the panel alike', async () => {
    const { id } = await nights();
    const sentence =
      'Traffic shifts are frozen by “Nights” until 2026-10-21 04:00 UTC, set by Olga Operator: nobody is awake.';
    const model = await page({ region: 'us-east-1', kind: 'shift' });
    expect(model.answer).toBe(sentence);
    expect(model.cell).toMatchObject({
      word: 'frozen',
      sentences: [{ text: sentence, href: `/freezes?freeze=${id}` }],
    });
    const words = (kind: string) => {
      const column = model.matrix?.kinds.findIndex(({ key }) => key === kind) ?? -1;
      return model.matrix?.rows.map((row) => row[column]?.word);
    };
    expect(words('shift')).toEqual(['frozen', 'frozen', 'frozen']);
    expect(words('deploy')).toEqual(['open', 'open', 'open']);
    const chosen = await page({ freeze: id });
    expect(chosen.chosen).toMatchObject({
      sentence,
      row: { recurs: 'every day at 22:00 for 8 h, Europe/Berlin', word: 'frozen', current: true },
    });
    expect(shown(chosen)).toContain('Let a change through');
    expect((await page({ region: 'us-east-1', kind: 'deploy' })).cell?.sentences).toEqual([
      { text: 'No freeze covers it in us-east-1.', href: null },
    ]);
  });

  it('marks what may go through, and who let it', async () => {
    const { id } = await nights();
    await exceptFreeze(as(approver), {
      freeze: id,
      environment: 'production',
      region: 'eu-west-1',
      actionKind: 'shift',
      person: operator.id,
      endsAt: '2026-10-21T00:00:00Z',
      reason: 'the fix',
    });
    const model = await page({ freeze: id });
    const shift = model.matrix?.kinds.findIndex(({ key }) => key === 'shift') ?? -1;
    expect(model.matrix?.rows.map((row) => row[shift]?.word)).toEqual(['frozen', 'exception', 'frozen']);
    expect(model.chosen?.exceptions).toMatchObject([
      {
        what: 'Traffic shifts in eu-west-1, production',
        who: 'Olga Operator',
        by: 'Ada Approver',
        word: 'open',
      },
    ]);
    const exceptions = await page({ tab: 'exceptions' });
    expect(exceptions.exceptions).toHaveLength(1);
    expect(shown(exceptions)).toContain('the fix');
  });

  it('of another environment shows what is frozen there', async () => {
    await nights();
    expect((await page({}, operator, 'staging')).answer).toBe('Nothing is frozen.');
    await nights({ environment: null });
    const staging = await page({}, operator, 'staging');
    expect(staging.status).toBe('held');
    expect(staging.rows.map(({ what }) => what)).toEqual(['Traffic shifts, every environment']);
  });

  it('says to a viewer which role it needs', async () => {
    const { id } = await nights();
    const model = await page({ freeze: id }, viewer);
    const needs = /needs the role operator or approver or admin/;
    expect(model.create.permission).toMatchObject({ allowed: false, reason: expect.stringMatching(needs) });
    expect(model.chosen?.row.lift).toMatchObject({ allowed: false });
    expect(model.chosen?.except.permission).toMatchObject({
      reason: expect.stringMatching(/needs the role approver or admin/),
    });
    expect(model.chosen?.except.people).toEqual([{ value: '', label: 'anybody else' }]);
  });

  it('leaves out a freeze and a cell that are not there', async () => {
    for (const asked of [
      { freeze: 'x' },
      { freeze: operator.id },
      { region: 'mars-1', kind: 'shift' },
      { region: 'us-east-1', kind: 'juggle' },
    ])
      expect(await page(asked)).toMatchObject({ chosen: null, cell: null });
  });
});

it('past freezes are paged, with who lifted them', async () => {
  for (let made = 0; made < 52; made += 1) {
    const { id } = await createFreeze(as(operator, new Date(NOW.getTime() - (made + 1) * 1_000)), {
      reason: `number ${made}`,
    });
    await liftFreeze(as(approver), { id });
  }
  const first = await page({ tab: 'past' });
  expect(first.rows).toHaveLength(50);
  expect(first.rows[0]).toMatchObject({ word: 'lifted', by: 'Olga Operator, lifted by Ada Approver' });
  const cursor = new URL(String(first.older), 'http://console').searchParams.get('cursor') ?? '';
  const second = await page({ tab: 'past', cursor });
  expect(second.rows).toHaveLength(2);
  expect(second.older).toBeNull();
  expect(shown(second)).toContain('number 51');
});

it('the calendar holds each occurrence of the month, in the zone that was chosen', async () => {
  const { id } = await nights();
  const model = await page({ tab: 'calendar', month: '2026-10', zone: 'Europe/Berlin', freeze: id });
  expect(model.calendar).toMatchObject({ label: 'October 2026', zone: 'Europe/Berlin', more: false });
  expect(model.calendar?.zones.map(({ zone }) => zone)).toContain('Europe/Berlin');
  const october = model.calendar?.entries.filter(({ startsAt }) => startsAt.startsWith('2026-10'));
  expect(october).toHaveLength(31);
  expect(october?.every(({ current }) => current)).toBe(true);
  expect(shown(model)).toContain('October 2026');
  for (const wrong of [{ month: '2026-13' }, { month: '0001-01' }, { zone: 'Mars/Olympus' }])
    expect((await page({ tab: 'calendar', ...wrong })).calendar).toMatchObject({
      month: '2026-10',
      zone: null,
    });
});

it('a change is told with who made it', async () => {
  const { id } = await nights();
  await changeFreeze(as(approver), { id, endsAt: '2026-12-01T00:00:00Z' });
  const { chosen } = await page({ freeze: id });
  expect(chosen?.history.map(({ what, by }) => `${what} ${by}`)).toEqual([
    'Set by Olga Operator',
    'Changed by Ada Approver',
  ]);
  expect(chosen?.change.values).toMatchObject({ zone: 'Europe/Berlin', end: '2026-12-01T01:00', hours: '8' });
});

it('the tab of Settings leads here', async () => {
  const { tabs } = await settingsModel(as(operator), 'production', {});
  expect(tabs.find(({ label }) => label === 'Freezes')?.href).toBe('/freezes');
});
