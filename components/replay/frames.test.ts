import { describe, expect, test } from 'vitest';
import { frameAt, mapAt, nextStop, regionStateAt, stepStatusAt, stepsAt } from './frames.ts';
import type { ReplayModel, ReplayStep } from './model.ts';

const step = (number: number, from: number | null, until: number | null): ReplayStep => ({
  number,
  title: `step ${number}`,
  from,
  until,
  status: 'ok',
  irreversible: false,
});
const STEPS = [step(1, 10, 14), step(2, 14, 40), step(3, 14, 20), step(4, 41, null), step(5, null, null)];
const TIMES = [0, 5, 10, 15, 20, 60];

const model: ReplayModel = {
  id: 'OP-1',
  href: '/' as ReplayModel['href'],
  status: 'ok',
  answer: '',
  detail: '',
  times: TIMES,
  zero: 0,
  zeroIs: 'the first failed request',
  regions: [
    {
      code: 'us-east-1',
      name: 'N. Virginia',
      href: '/' as ReplayModel['href'],
      lat: 38.9,
      lon: -77.4,
      share: [0.5, 0.5, 0.2, null, 0, 0],
      requests: [9, 9, 4, null, 0, 0],
      errors: [],
      p95Ms: [],
      nodes: [],
      lagSeconds: [],
      states: [
        { from: 0, status: 'ok', word: 'Serving', capabilities: 'reads, writes', database: 'writer' },
        { from: 12, status: 'critical', word: 'Failing', capabilities: 'nothing', database: 'not known' },
      ],
    },
  ],
  flows: [
    {
      city: 'New York',
      lat: 40.7,
      lon: -74,
      region: 'us-east-1',
      named: [true, true, true, true, false, false],
      share: [0.1, 0.1, 0, null, null, null],
    },
  ],
  links: [
    {
      id: 'us-eu',
      from: 'us-east-1',
      to: 'eu-west-1',
      seconds: [0.08, 0.08, null, 44, 44, 44],
      states: [
        { from: 0, status: 'ok', missing: false },
        { from: 30, status: 'critical', missing: true },
      ],
    },
  ],
  geographies: [],
  steps: STEPS,
  marks: [{ at: 31, label: 'detected' }],
  strips: [],
  gap: null,
};

describe('frameAt', () => {
  test.each([
    [-3, 0],
    [0, 0],
    [4.9, 0],
    [5, 1],
    [19, 3],
    [600, 5],
  ])('%d s is frame %d', (at, frame) => {
    expect(frameAt(TIMES, at)).toBe(frame);
  });
  test('of nothing the first', () => {
    expect(frameAt([], 10)).toBe(0);
  });
});

describe('steps', () => {
  test.each([
    [9, 'waiting'],
    [10, 'running'],
    [14, 'ok'],
  ])('step 1 at %d s is %s', (at, status) => {
    expect(stepStatusAt(STEPS[0] as ReplayStep, at)).toBe(status);
  });
  test('several run at once; between two stands the one that ended', () => {
    expect(stepsAt(STEPS, 16).map(({ number }) => number)).toEqual([2, 3]);
    expect(stepsAt(STEPS, 40).map(({ number }) => number)).toEqual([3]);
    expect(stepsAt(STEPS, 50).map(({ number }) => number)).toEqual([4]);
    expect(stepsAt(STEPS, 1)).toEqual([]);
  });
  test('jumps go from beginning to beginning, over marks, and stop at the ends', () => {
    expect(nextStop(model, 0, 1)).toBe(10);
    expect(nextStop(model, 14, 1)).toBe(31);
    expect(nextStop(model, 41, 1)).toBe(60);
    expect(nextStop(model, 31, -1)).toBe(14);
    expect(nextStop(model, 10, -1)).toBe(0);
  });
});

describe('mapAt', () => {
  test('shows what was known then', () => {
    const map = mapAt(model, 6);
    expect(map.regions[0]).toMatchObject({
      status: 'ok',
      capabilities: 'reads, writes',
      share: { value: 0.5 },
    });
    expect(map.flows).toMatchObject([{ region: 'us-east-1', share: 0.1 }]);
    expect(map.links[0]).toMatchObject({ status: 'ok', figure: '0.08\u00a0s', missing: false });
  });
  test('a state changes between two samples, a missing sample stays unknown', () => {
    const map = mapAt(model, 16);
    expect(map.regions[0]).toMatchObject({ status: 'critical', share: { value: null } });
    expect(map.flows).toMatchObject([{ region: 'us-east-1', share: null }]);
  });
  test('a Region that DNS did not name is not drawn to', () => {
    expect(mapAt(model, 20).flows).toEqual([]);
  });
  test('a path that is gone is drawn as gone', () => {
    expect(mapAt(model, 30).links[0]).toMatchObject({ figure: 'no path', missing: true });
  });
  test('a Region without any state is not known', () => {
    expect(regionStateAt([], 5).status).toBe('unknown');
  });
});
