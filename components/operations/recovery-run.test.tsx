import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { ago, NOW } from '#components/gallery/fixtures/base.ts';
import {
  earlyFailoverRun,
  endedFailoverRun,
  failoverRun,
  switchoverRun,
} from '#components/gallery/fixtures/recovery-run.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import { Clocks } from './clocks.tsx';
import type { OperationModel } from './model.ts';
import { OrdersSection } from './orders-section.tsx';
import { StepList } from './step-list.tsx';

afterEach(cleanup);

const clocksOf = ({ recovery }: OperationModel) => {
  if (recovery?.clocks == null) throw new Error('the fixture has clocks');
  return recovery.clocks;
};

function showClocks(operation: OperationModel, at = NOW) {
  render(
    <ClockProvider at={at} frozen>
      <Clocks model={clocksOf(operation)} />
    </ClockProvider>,
  );
}

test('a running clock counts from the first failed request, and says that it will miss its budget', () => {
  showClocks(failoverRun);
  expect(screen.getByText('4:12')).toBeDefined();
  expect(screen.getByText('will miss 5:00 by 1:10 or more')).toBeDefined();
  expect(screen.getByText('starts at step 9')).toBeDefined();
});

test('a minute later it has gone on; the stopped one has not', () => {
  showClocks(failoverRun, ago(-60));
  expect(screen.getByText('5:12')).toBeDefined();
  expect(screen.getByText('over 5:00 by 0:12')).toBeDefined();
  expect(screen.getByText('2:51')).toBeDefined();
});

test('a run of seconds can be looked at on an axis of its own', () => {
  showClocks(switchoverRun);
  const chart = () => screen.getByRole('img', { name: /clocks on one axis/ });
  expect(chart().getAttribute('aria-label')).toContain('0:00 to 15:00');
  fireEvent.click(screen.getByRole('button', { name: 'This run' }));
  expect(chart().getAttribute('aria-label')).toContain('0:00 to 1:49');
  expect(within(chart()).getAllByText(/outside/).length).toBeGreaterThan(0);
});

test('a step shows every command that does the same, and they are copied at once', () => {
  render(<StepList steps={failoverRun.steps} />);
  const step = failoverRun.steps.find(({ commands }) => commands.length > 1);
  if (!step) throw new Error('the fixture has a step with several commands');
  const block = screen.getByLabelText(`Equivalent commands of step ${step.number}`);
  const shown = [...block.querySelectorAll('li')].map((line) => line.textContent);
  expect(shown).toEqual(step.commands.map((command) => `$ ${command}`));
  expect(screen.queryByLabelText(/^Equivalent commands? of step 1$/)).toBeNull();
});

test('the point of no return stands before its step, and says whether it is passed', () => {
  const { rerender } = render(
    <StepList steps={earlyFailoverRun.steps} noReturn={earlyFailoverRun.recovery?.noReturn} />,
  );
  const line = screen.getByText('point of no return: up to here an abort puts everything back');
  expect(line.closest('tr')?.nextElementSibling?.textContent).toContain('6. Promote');
  rerender(<StepList steps={failoverRun.steps} noReturn={failoverRun.recovery?.noReturn} />);
  expect(screen.getByText('point of no return, passed 2:34: it goes forward only')).toBeDefined();
});

test('steps that run at once are bound together', () => {
  render(<StepList steps={failoverRun.steps} />);
  const first = screen.getByText(/2\. Start capacity/).closest('tr');
  expect(first?.className).toContain('par first');
  expect(within(first as HTMLElement).getByText('3 at once')).toBeDefined();
  expect(screen.getByText(/4\. Shut/).closest('tr')?.className).toContain('par last');
});

test('lost orders are listed one by one; none lost is a sentence of its own', () => {
  const ordersOf = ({ recovery }: OperationModel) => {
    if (recovery?.orders?.ok !== true) throw new Error('the fixture has orders');
    return recovery.orders.value;
  };
  const { rerender } = render(<OrdersSection orders={ordersOf(endedFailoverRun)} />);
  expect(screen.getAllByText('missing')).toHaveLength(3);
  expect(screen.getByText('8841204')).toBeDefined();
  rerender(<OrdersSection orders={ordersOf(switchoverRun)} />);
  expect(screen.getByText(/all 1,204 are in eu-west-1/)).toBeDefined();
  expect(screen.queryByRole('table')).toBeNull();
});
