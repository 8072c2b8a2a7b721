import { describe, expect, test } from 'vitest';
import { project } from './projection.ts';

const clock = { budgetSeconds: 300, stoppedSeconds: null, note: null };
const history = (medianSeconds: number, p95Seconds: number) => ({ medianSeconds, p95Seconds, runs: 6 });

describe('project', () => {
  test('each second of waiting moves the projection by one', () => {
    expect(project({ ...clock, history: history(64, 118) }, 42)).toEqual({
      kind: 'projected',
      low: 106,
      high: 160,
      verdict: 'within',
    });
    expect(project({ ...clock, history: history(64, 118) }, 200)).toMatchObject({ verdict: 'may-miss' });
    expect(project({ ...clock, history: history(64, 118) }, 237)).toMatchObject({ verdict: 'misses' });
  });
  test('one run alone has no tail below its median', () => {
    expect(project({ ...clock, history: history(64, 10) }, 0)).toMatchObject({ low: 64, high: 64 });
  });
  test('what has stopped stays, and is judged by its budget', () => {
    expect(project({ ...clock, history: null, stoppedSeconds: 36 }, 500)).toEqual({
      kind: 'stopped',
      seconds: 36,
      met: true,
    });
    expect(project({ ...clock, history: null, stoppedSeconds: 301 }, 500)).toMatchObject({ met: false });
  });
  test('nothing stops it', () => {
    expect(project({ ...clock, history: null }, 42)).toEqual({ kind: 'none' });
  });
});
