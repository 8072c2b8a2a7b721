import { beforeAll, expect, it } from 'vitest';
import { readSeries } from '#lib/data/samples.ts';
import { testWorld } from './harness.ts';

const world = testWorld();
const HOUR = 3_600_000;
/** Noon, so that no range here crosses into a day without a partition. */
const noon = new Date(new Date().setUTCHours(12, 0, 0, 0));
const before = (ms: number) => new Date(noon.getTime() - ms);

beforeAll(async () => {
  const { rows } = await world.database.pool.query<{ id: number }>(
    `insert into series (subject, metric, unit) values ('us-east-1', 'requests', 'requests/s'), ('us-east-1', 'p95Ms', 'ms'),
       ('eu-west-1', 'requests', 'requests/s') returning id`,
  );
  const [wanted, , other] = rows;
  for (const [id, secondsAgo, value] of [
    [wanted?.id, 60, 10],
    [wanted?.id, 55, 20],
    [wanted?.id, 10, 40],
    [other?.id, 60, 99],
  ])
    await world.database.pool.query('insert into sample (series_id, at, value) values ($1, $2, $3)', [
      id,
      before(Number(secondsAgo) * 1_000),
      value,
    ]);
  for (const [hoursAgo, average, count] of [
    [30, 1, 10],
    [29, 4, 30],
  ] as const)
    for (const bucket of [60, 3_600])
      await world.database.pool.query(
        `insert into sample_rollup (series_id, bucket_seconds, at, minimum, maximum, average, count)
         values ($1, $2, $3, 0, 9, $4, $5)`,
        [wanted?.id, bucket, before(hoursAgo * HOUR), average, count],
      );
});

it('averages raw samples by bucket and leaves gaps where nothing was measured', async () => {
  const { times, bucketSeconds, series } = await readSeries(world.database.pool, {
    subjects: ['us-east-1'],
    metrics: ['requests', 'p95Ms'],
    from: before(60_000),
    to: noon,
    points: 6,
  });
  expect(bucketSeconds).toBe(10);
  expect(times).toHaveLength(7);
  expect(series).toEqual([
    { subject: 'us-east-1', metric: 'requests', values: [15, null, null, null, null, 40, null] },
    { subject: 'us-east-1', metric: 'p95Ms', values: times.map(() => null) },
  ]);
});

it('reads long ranges from roll-ups, weighted by how much each stands for', async () => {
  const { bucketSeconds, series } = await readSeries(world.database.pool, {
    subjects: ['us-east-1'],
    metrics: ['requests'],
    from: before(48 * HOUR),
    to: noon,
    points: 4,
  });
  expect(bucketSeconds).toBe(86_400);
  expect(series[0]?.values.filter((value) => value !== null)).toEqual([(1 * 10 + 4 * 30) / 40]);
});
