import { expect, it } from 'vitest';
import { createMetricBoard, type WantedMetric } from './metric-board.ts';

const lag: WantedMetric = {
  namespace: 'AWS/Kafka',
  metric: 'ReplicationLatency',
  dimensions: { ReplicatorName: 'one' },
  stat: 'Maximum',
  series: { subject: 'a>b:queue:one', metric: 'lagSeconds', factor: 1 / 1_000 },
};
const pending: WantedMetric = { ...lag, metric: 'MessageLag', series: undefined };

/** What CloudWatch answers: these points to each query that it was asked. */
function answer(board: ReturnType<typeof createMetricBoard>, values: number[], atMs: number) {
  const points = values.map((value, i) => ({ atMs: i * 5_000, value }));
  return board.keep(new Map(board.queries().map(({ id }) => [id, points])), atMs);
}

it('asks for what everybody wants in one go, each under an id of its own', () => {
  const board = createMetricBoard();
  expect(board.want('queue', [lag, pending])).toBe(true);
  expect(board.want('storage', [{ ...lag, namespace: 'AWS/S3' }])).toBe(true);
  const queries = board.queries();
  expect(new Set(queries.map(({ id }) => id)).size).toBe(3);
  expect(queries.every(({ id }) => /^[a-z]\w*$/.test(id))).toBe(true);
  expect(queries[0]).toMatchObject({ namespace: 'AWS/Kafka', metric: 'ReplicationLatency', stat: 'Maximum' });
});

it('has the latest value until it is too old, and null where nothing was said', () => {
  const board = createMetricBoard();
  board.want('queue', [lag]);
  expect(board.latest(lag, 0)).toBeNull();
  answer(board, [100, 400], 10_000);
  expect(board.latest(lag, 10_000)).toBe(400);
  expect(board.latest(lag, 10_001)).toBeNull();
  answer(board, [], 15_000);
  expect(board.latest(lag, 0)).toBeNull();
  expect(board.latest(pending, 0)).toBeNull();
});

it('keeps a series in the series’ own unit', () => {
  const board = createMetricBoard();
  board.want('queue', [lag, pending]);
  expect(answer(board, [400, 500], 10_000)).toEqual([
    { subject: 'a>b:queue:one', metric: 'lagSeconds', unit: 's', atMs: 0, value: 0.4 },
    { subject: 'a>b:queue:one', metric: 'lagSeconds', unit: 's', atMs: 5_000, value: 0.5 },
  ]);
});

it('says when something is new, whatever the order of its dimensions, and forgets what nobody wants', () => {
  const board = createMetricBoard();
  const twoWays = (dimensions: Record<string, string>) => [{ ...lag, dimensions }];
  expect(board.want('queue', twoWays({ a: '1', b: '2' }))).toBe(true);
  expect(board.want('queue', twoWays({ b: '2', a: '1' }))).toBe(false);
  answer(board, [7], 10_000);
  expect(board.want('queue', [])).toBe(false);
  expect(board.queries()).toEqual([]);
  expect(board.latest({ ...lag, dimensions: { a: '1', b: '2' } }, 0)).toBeNull();
});
