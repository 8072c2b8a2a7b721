import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { readinessRecovery, staleReadiness } from '#components/gallery/fixtures/recovery.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import type { RecoveryModel } from './model.ts';
import { ReadinessMatrix } from './readiness-matrix.tsx';

afterEach(cleanup);

function show({ content }: RecoveryModel) {
  if (content.tab !== 'readiness' || !content.section.ok) throw new Error('the fixture shows readiness');
  const { scenarios, groups, chosen } = content.section.value;
  render(
    <ClockProvider at={NOW} frozen>
      <ReadinessMatrix scenarios={scenarios} groups={groups} chosen={chosen} />
    </ClockProvider>,
  );
}

const focused = () => document.activeElement?.closest('td');

test('the matrix is one stop for Tab, at the cell that is open', () => {
  show(readinessRecovery);
  const stops = screen.getAllByRole('link').filter((link) => link.tabIndex === 0);
  expect(stops).toHaveLength(1);
  expect(stops[0]?.getAttribute('aria-current')).toBe('true');
});

test('arrows move from cell to cell and pass over what does not apply', () => {
  show(readinessRecovery);
  const [open] = screen.getAllByRole('link').filter((link) => link.tabIndex === 0);
  open?.focus();
  fireEvent.keyDown(document.activeElement ?? document.body, { key: 'ArrowRight' });
  expect(focused()?.dataset.l).toBe('eu-west-1');
  fireEvent.keyDown(document.activeElement ?? document.body, { key: 'End' });
  expect(focused()?.dataset.l).toBe('us → ap');
  fireEvent.keyDown(document.activeElement ?? document.body, { key: 'Home' });
  expect(focused()?.dataset.l).toBe('us-east-1');
});

test('an old verdict keeps its figure and loses its status', () => {
  show(staleReadiness);
  expect(screen.queryByRole('img', { name: 'fails' })).toBeNull();
  expect(screen.getAllByRole('img', { name: 'unknown' }).length).toBeGreaterThan(20);
  expect(screen.getAllByText('no path').length).toBeGreaterThan(0);
});
