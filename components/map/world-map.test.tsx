import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { map, partialOverview } from '#components/gallery/fixtures/overview.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import type { MapModel } from './model.ts';
import { WorldMap } from './world-map.tsx';

beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show(model: MapModel) {
  return render(
    <ClockProvider at={NOW} frozen>
      <WorldMap map={model} />
    </ClockProvider>,
  );
}

function flowRows(): string[] {
  fireEvent.click(screen.getByRole('button', { name: 'Table' }));
  const [flows] = within(screen.getByRole('region', { name: 'The map as tables' })).getAllByRole('table');
  if (flows === undefined) throw new Error('The map has no table.');
  return within(flows)
    .getAllByRole('row')
    .map((row) => (row.textContent ?? '').replaceAll('\u00a0', ' '));
}

test('a measured share has its number, in the table too', () => {
  const { container } = show(map);
  expect(container.querySelectorAll('.arc.unknown')).toHaveLength(0);
  expect(container.querySelector('.geo-l')?.textContent).toMatch(/planned$/);
  const rows = flowRows();
  expect(rows[0]).toContain('Of all requests');
  expect(rows).toContain('New Yorkus-east-111.0%');
  expect(rows).toContain('New Yorkeu-west-1, 3.0 % moved by OP-10423.0%');
});

test('a share that is not known is a thin grey arc and a dash, never the plan', () => {
  const { container } = show(partialOverview.map);
  expect(container.querySelectorAll('.geo > .arc.unknown')).toHaveLength(partialOverview.map.flows.length);
  expect(container.querySelectorAll('.geo > .flow')).toHaveLength(0);
  expect(container.querySelector('.legend')?.textContent).toContain('share not known');
  expect(container.querySelector('.legend')?.textContent).not.toContain('share of requests');
  const [, ...rows] = flowRows();
  expect(rows.length).toBe(partialOverview.map.flows.length);
  for (const row of rows) expect(row).toMatch(/–unknown$/);
});
