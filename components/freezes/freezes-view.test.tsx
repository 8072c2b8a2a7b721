import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import {
  chosenFreeze,
  freezeCalendar,
  freezeExceptions,
  freezes,
  readersFreezes,
} from '#components/gallery/fixtures/freezes.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import ExceptSheet from './except-sheet.tsx';
import FreezeSheet from './freeze-sheet.tsx';
import { FreezesView } from './freezes-view.tsx';
import type { FreezesActions, FreezesModel, FreezeValues } from './model.ts';

afterEach(cleanup);

const done = async () => ({ ok: true as const });

function actionsWith(over: Partial<FreezesActions> = {}): FreezesActions {
  return {
    stop: done,
    create: done,
    change: done,
    lift: done,
    preview: async () => ({
      ok: true,
      preview: {
        next: [{ startsAt: '2026-11-24T03:00:00.000Z', endsAt: '2026-11-24T11:00:00.000Z' }],
        endsAt: null,
      },
    }),
    except: done,
    endException: done,
    ...over,
  };
}

function show(model: FreezesModel, over: Partial<FreezesActions> = {}) {
  render(
    <ClockProvider at={NOW} frozen>
      <FreezesView freezes={model} actions={actionsWith(over)} />
    </ClockProvider>,
  );
}

const VALUES: FreezeValues = {
  name: '',
  environment: 'production',
  region: '',
  kind: '',
  recurs: false,
  zone: 'America/New_York',
  start: '',
  end: '',
  rule: 'FREQ=DAILY',
  hours: '8',
  reason: '',
  incidentUrl: '',
};

function showSheet(over: Partial<FreezesActions>, values: Partial<FreezeValues> = {}) {
  render(
    <ClockProvider at={NOW} frozen>
      <FreezeSheet
        title="Plan a freeze"
        create={freezes.create}
        initial={{ ...VALUES, ...values }}
        actions={actionsWith(over)}
        onClose={() => undefined}
      />
    </ClockProvider>,
  );
}

test('a cell says its Region, its kind and what holds it, and leads to more', () => {
  show(freezes);
  const cell = screen.getByRole('link', { name: /^Deploy in us-east-1: *frozen *ends in 9:00/ });
  expect(cell.getAttribute('href')).toBe('/freezes?region=us-east-1&kind=deploy');
  expect(
    screen.getByRole('link', { name: /^Rollback in us-east-1: *open *no freeze to come/ }),
  ).toBeDefined();
});

test('the panel says the sentence that stands at what it blocks', () => {
  show(chosenFreeze);
  const panel = within(screen.getByRole('region', { name: 'Freeze: Quarter end' }));
  expect(panel.getByText(/Deployments are frozen by “Quarter end” until/)).toBeDefined();
  expect(panel.getByRole('link', { name: 'OP-1040' }).getAttribute('href')).toBe('/operations/OP-1040');
});

test('who may not is told which role it needs, at each control', () => {
  show(readersFreezes);
  for (const name of ['Freeze changes', 'Plan a freeze', 'Let a change through', 'Change it', 'Lift it'])
    expect(screen.getByRole('button', { name }).getAttribute('aria-disabled')).toBe('true');
});

test('lifting asks once, with what it lets go on, and says what was refused where it was asked', async () => {
  const lift = vi.fn(async () => ({
    ok: false as const,
    code: 'conflict',
    message: 'It was lifted meanwhile.',
  }));
  show(freezes, { lift });
  fireEvent.click(screen.getByRole('button', { name: 'Lift Quarter end' }));
  const sheet = within(await screen.findByRole('dialog', { name: 'Lift Quarter end' }));
  expect(sheet.getByText(/runs that it holds go on, and new ones may start/)).toBeDefined();
  expect(sheet.getByText(/Devi Raman: The books of the quarter close/)).toBeDefined();
  expect(lift).not.toHaveBeenCalled();
  fireEvent.change(sheet.getByLabelText(/^Reason/), { target: { value: 'the books are closed' } });
  fireEvent.click(sheet.getByRole('button', { name: 'Lift Quarter end' }));
  expect(await sheet.findByText(/It was lifted meanwhile/)).toBeDefined();
  expect(lift.mock.calls).toEqual([['f1', 'the books are closed']]);
});

test('what is taken back is named: the change, the freeze that it goes through, and whose it is', async () => {
  const endException = vi.fn(done);
  show(freezeExceptions, { endException });
  const name = 'Take back Deployments in all Regions, production through Quarter end, for anybody else';
  fireEvent.click(screen.getByRole('button', { name }));
  await waitFor(() => expect(endException.mock.calls).toEqual([['e2']]));
});

test('the month holds each time on its day', () => {
  show({
    ...freezeCalendar,
    calendar: freezeCalendar.calendar && { ...freezeCalendar.calendar, zone: 'Asia/Singapore' },
  });
  const month = within(screen.getByRole('table', { name: 'Freezes in November 2026' }));
  expect(month.getAllByRole('link', { name: /^from 22:00 Singapore nights/ })).toHaveLength(21);
  expect(month.getAllByRole('link', { name: /^to 06:00 Singapore nights/ }).length).toBeGreaterThan(19);
});

test('a freeze is sent only with a reason, on the clock of its zone', async () => {
  const create = vi.fn(done);
  showSheet({ create });
  const button = screen.getByRole('button', { name: 'Freeze' });
  fireEvent.click(button);
  expect(create).not.toHaveBeenCalled();
  fireEvent.change(screen.getByLabelText('Until'), { target: { value: '2026-11-24T09:00' } });
  fireEvent.change(screen.getByLabelText(/^Reason/), { target: { value: 'the books close' } });
  fireEvent.click(screen.getByRole('button', { name: 'Freeze' }));
  await waitFor(() => expect(create).toHaveBeenCalled());
  expect(create.mock.calls[0]).toMatchObject([{ endsAt: '2026-11-24T14:00:00.000Z', recurrence: null }]);
});

test('a freeze of rollbacks asks for its warning to be accepted', async () => {
  const create = vi.fn(done);
  showSheet({ create }, { kind: 'group:rollback', reason: 'the schema is contracted' });
  fireEvent.click(screen.getByRole('button', { name: 'Freeze' }));
  expect(create).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole('checkbox', { name: /Freeze rollbacks all the same/ }));
  fireEvent.click(screen.getByRole('button', { name: 'Freeze' }));
  await waitFor(() => expect(create).toHaveBeenCalled());
  expect(create.mock.calls[0]).toMatchObject([{ actionKind: 'rollback', acknowledged: ['rollback-frozen'] }]);
});

test('a rule is shown with its next times, or with what is wrong with it', async () => {
  showSheet({}, { recurs: true, start: '2026-11-23T22:00' });
  const next = await screen.findByRole('table', { name: 'The next times' });
  expect(next.textContent).toContain('Mon 23 Nov, 22:00 – Tue 24 Nov, 06:00');
  cleanup();
  const preview = async () => ({
    ok: false as const,
    message: 'No preview.',
    fields: { 'recurrence.rule': 'never occurs' },
  });
  showSheet({ preview }, { recurs: true, start: '2026-11-23T22:00' });
  expect(await screen.findByText('never occurs')).toBeDefined();
});

test('an exception is for once unless it is said otherwise', async () => {
  const except = vi.fn(done);
  const form = chosenFreeze.chosen?.except;
  if (!form) throw new Error('the fixture has a freeze');
  render(
    <ClockProvider at={NOW} frozen>
      <ExceptSheet form={form} action={except} onClose={() => undefined} />
    </ClockProvider>,
  );
  fireEvent.change(screen.getByLabelText(/^Reason/), { target: { value: 'the fix' } });
  fireEvent.change(screen.getByLabelText('Whose'), { target: { value: 'aisha' } });
  fireEvent.click(screen.getByRole('button', { name: 'Let it through' }));
  await waitFor(() => expect(except).toHaveBeenCalled());
  expect(except.mock.calls[0]).toMatchObject([
    {
      freeze: 'f1',
      actionKind: 'deploy',
      person: 'aisha',
      once: true,
      region: null,
      endsAt: '2026-11-23T13:41:07.000Z',
    },
  ]);
});
