import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { composer, preview } from '#components/gallery/fixtures/traffic.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import { ShiftMap } from './shift-map.tsx';

const FROM_US = ['New York', 'Chicago', 'San Francisco', 'Seattle', 'Toronto', 'Mexico City'];

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A browser that gives the map so much room, px. */
function roomOf(width: number): void {
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(width);
  vi.stubGlobal(
    'ResizeObserver',
    class {
      #told: () => void;
      constructor(told: () => void) {
        this.#told = told;
      }
      observe() {
        this.#told();
      }
      disconnect() {}
    },
  );
}

async function show(width = 868) {
  roomOf(width);
  const shown = render(
    <ClockProvider at={NOW} frozen>
      <ShiftMap base={composer.map} preview={preview} />
    </ClockProvider>,
  );
  await screen.findByRole('img', { name: /eu-west-1 gets/ });
  return shown;
}

const drawing = () => screen.getByRole('img', { name: /eu-west-1 gets/ }).getAttribute('aria-label');
const side = (name: string) => screen.getByRole('button', { name });

test('begins with what would be, and goes back to what is by a button that says which is shown', async () => {
  const { container } = await show();
  expect(drawing()).toContain('us-east-1 gets 40.0 %. eu-west-1 gets 40.0 %');
  expect(side('After').getAttribute('aria-pressed')).toBe('true');
  expect(screen.getByRole('status').textContent).toMatch(/^After: us-east-1 40\.0.%, eu-west-1 40\.0.%/);
  expect(container.querySelectorAll('.arc.new')).toHaveLength(FROM_US.length);
  expect(container.querySelectorAll('.flow')).toHaveLength(0);

  side('Before').focus();
  expect(document.activeElement).toBe(side('Before'));
  fireEvent.click(side('Before'));
  expect(side('Before').getAttribute('aria-pressed')).toBe('true');
  expect(drawing()).toContain('us-east-1 gets 50.0 %. eu-west-1 gets 30.0 %');
  expect(screen.getByRole('status').textContent).toMatch(/^Before: us-east-1 50\.0.%/);
  expect(container.querySelectorAll('.arc.new')).toHaveLength(FROM_US.length);
});

test('says the same as a table, which stays open from side to side', async () => {
  await show();
  fireEvent.click(side('Table'));
  const rows = () =>
    within(screen.getByRole('region', { name: 'The map as tables' }))
      .getAllByRole('row')
      .map((row) => (row.textContent ?? '').replaceAll('\u00a0', ' '))
      .filter((text) => text.startsWith('New York'));
  expect(screen.getByText('Of all requests, configured')).toBeTruthy();
  expect(rows()).toEqual(['New Yorkus-east-18.8%', 'New Yorkeu-west-1, 2.2 % moved by this shift2.2%']);
  fireEvent.click(side('Before'));
  expect(rows()).toEqual(['New Yorkus-east-1, 2.2 % moved by this shift11.0%']);
});

test('leads nowhere: a draft is not lost by a look at the map', async () => {
  await show();
  expect(screen.queryAllByRole('link')).toEqual([]);
});

test('on a phone a pin is its code, and the table has one column', async () => {
  const { container } = await show(358);
  expect(container.querySelector('.map.narrow')).not.toBeNull();
  expect(container.querySelectorAll('.pin.compact')).toHaveLength(3);
  expect(container.querySelectorAll('.geo-l')).toHaveLength(0);
  expect(side('Before')).toBeTruthy();
});
