import { expect, it } from 'vitest';
import { asRatio, atLeast, atMost, inMs, told, toMarkdown, toTable } from './report.ts';

it('judges against the target, and a number that could not be taken meets none', () => {
  const what = 'x';
  expect(atMost({ what, value: 100, most: 100, format: inMs }).verdict).toBe('met');
  expect(atMost({ what, value: 101, most: 100, format: inMs }).verdict).toBe('MISSED');
  expect(atLeast({ what, value: 0.79, least: 0.8, format: asRatio }).verdict).toBe('MISSED');
  expect(atMost({ what, value: Number.NaN, most: 100, format: inMs }).verdict).toBe('MISSED');
});

it('prints the same rows for a terminal and for the page', () => {
  const rows = [atMost({ what: 'wait', value: 12, most: 100, format: inMs }), told('a | b', 'so')];
  expect(toTable({ rows, notes: ['How.'] })).toBe('  wait   12 ms  ≤ 100 ms  met\n  a | b  so\n  How.');
  expect(toMarkdown({ rows, notes: ['How.'] })).toBe(
    '|  | Measured | Target | Verdict |\n|---|--:|--:|---|\n| wait | 12 ms | ≤ 100 ms | met |\n| a \\| b | so |  |  |\n\nHow.\n',
  );
});
