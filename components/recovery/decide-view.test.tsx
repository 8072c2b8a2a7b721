import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { AppRouterContext } from 'next/dist/shared/lib/app-router-context.shared-runtime';
import type { ComponentProps } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { decide, sinkingDecide, waitDecide } from '#components/gallery/fixtures/decide.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import type { DecideModel } from './decide-model.ts';
import { DecideView } from './decide-view.tsx';
import type { RequestActions } from './request-model.ts';

afterEach(cleanup);

type Router = NonNullable<ComponentProps<typeof AppRouterContext.Provider>['value']>;
const push = vi.fn();
// Only what the page uses; Next's own type changes with every release.
const router = { push, replace: vi.fn(), refresh: vi.fn(), prefetch: vi.fn() } as unknown as Router;

function show(model: DecideModel, over: Partial<RequestActions> = {}) {
  const actions: RequestActions = {
    request: vi.fn(async () => ({ ok: true as const })),
    declare: vi.fn(async () => ({ ok: true as const })),
    signInAgain: vi.fn(async () => ({ ok: false as const, message: 'Not here.' })),
    ...over,
  };
  const view = (shown: DecideModel) => (
    <AppRouterContext.Provider value={router}>
      <ClockProvider at={NOW} frozen>
        <DecideView decide={shown} actions={actions} />
      </ClockProvider>
    </AppRouterContext.Provider>
  );
  const { rerender } = render(view(model));
  return { actions, update: (next: DecideModel) => rerender(view(next)) };
}

const declareButton = () => screen.getByRole('button', { name: 'Declare emergency and start now' });
const rpoTick = () => screen.getByRole('checkbox', { name: /I accept to lose at most/ });
const type = (label: RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

function fill() {
  fireEvent.click(rpoTick());
  type(/^Reason/, 'It refuses connections.');
  type(/^Type us-east-1/, 'us-east-1');
  type(/^Type B-05/, 'B-05');
}

test('the emergency starts only with the loss accepted, a reason, the Region and the finding typed', async () => {
  const { actions } = show(decide, {
    declare: vi.fn(async () => ({ ok: true as const, href: '/operations/OP-1057' as const })),
  });
  expect(declareButton().getAttribute('aria-disabled')).toBe('true');
  fireEvent.click(declareButton());
  expect(actions.declare).not.toHaveBeenCalled();
  fill();
  expect(declareButton().getAttribute('aria-disabled')).toBeNull();
  fireEvent.click(declareButton());
  await vi.waitFor(() => expect(push).toHaveBeenCalledWith('/operations/OP-1057'));
  expect(actions.declare).toHaveBeenCalledWith(
    expect.objectContaining({
      kind: 'failover',
      params: { lost: 'us-east-1', target: 'eu-west-1' },
      rpo: expect.objectContaining({ seconds: 0.31, bytes: 41_000 }),
      overridden: ['B-05'],
    }),
  );
});

test('a refusal by readiness keeps the approval, not the emergency', () => {
  const { actions } = show(decide);
  fill();
  fireEvent.click(screen.getByRole('checkbox', { name: /stored in the EU/ }));
  const request = screen.getByRole('button', { name: 'Request approval' });
  expect(request.getAttribute('aria-disabled')).toBe('true');
  fireEvent.click(request);
  expect(actions.request).not.toHaveBeenCalled();
});

test('numbers that become worse take the acceptance back', () => {
  const { update } = show(decide);
  fill();
  const { request } = decide;
  if (request === null || request.rpo === null) throw new Error('the fixture offers a bound');
  const bound = { ...request.rpo.bound, seconds: 4.2 };
  update({ ...decide, request: { ...request, rpo: { ...request.rpo, bound } } });
  expect(rpoTick()).toHaveProperty('checked', false);
  expect(screen.getByText('It became worse.')).toBeDefined();
  expect(declareButton().getAttribute('aria-disabled')).toBe('true');
});

test('a plan that became another takes the acceptance back, and says so', () => {
  const { update } = show(decide);
  fill();
  const { request } = decide;
  if (request === null) throw new Error('the fixture asks for something');
  update({ ...decide, request: { ...request, digest: 'another', shape: 'another' } });
  expect(rpoTick()).toHaveProperty('checked', false);
  expect(screen.getByText('The plan changed.')).toBeDefined();
  fireEvent.click(rpoTick());
  expect(rpoTick()).toHaveProperty('checked', true);
  expect(screen.queryByText('The plan changed.')).toBeNull();
});

test('a refused answer of the server stands beside the buttons', async () => {
  show(decide, {
    declare: vi.fn(async () => ({ ok: false as const, code: 'conflict', message: 'OP-1058 was faster.' })),
  });
  fill();
  fireEvent.click(declareButton());
  expect(await screen.findByText(/was faster\./)).toBeDefined();
});

test('waiting asks for nothing', () => {
  show(waitDecide);
  expect(screen.queryByRole('button', { name: /emergency/ })).toBeNull();
  expect(screen.getByText('Waiting asks for nothing.')).toBeDefined();
});

test('a console on the sinking ship offers no emergency field and says where to go', () => {
  show(sinkingDecide);
  fillTheRest();
  expect(declareButton().getAttribute('aria-disabled')).toBe('true');
  const sheet = screen.getByRole('complementary', { name: 'Fail over to eu-west-1' });
  expect(within(sheet).getByText(/nothing overrides that/)).toBeDefined();
});

/** No bound is offered and nothing may be overridden there. */
function fillTheRest() {
  type(/^Reason/, 'It refuses connections.');
  type(/^Type us-east-1/, 'us-east-1');
}

test('what is entered stays with what was asked for, whatever is recommended meanwhile', () => {
  window.history.replaceState(null, '', '/recovery/decide?lost=us-east-1');
  show(decide);
  expect(window.location.search).toBe('?lost=us-east-1');
  type(/^Reason/, 'It refuses connections.');
  expect(window.location.pathname + window.location.search).toBe(
    '/recovery/decide?lost=us-east-1&option=full&target=eu-west-1',
  );
});
