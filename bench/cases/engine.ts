import { setTimeout as delay } from 'node:timers/promises';
import { LIVENESS } from '#lib/engine/liveness-rule.ts';
import { TestCluster, type TestDatabase, until } from '#test/engine/harness.ts';
import { plan, step } from '#test/engine/script.ts';
import type { Bench } from '../bench.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import { atMost, inMs, told } from '../report.ts';
import { median, percentile } from '../statistics.ts';

const KILLS = 5;
const KILL_ROUNDS = 2;
const RUNS = 40;

/** How soon work starts, and how soon it goes on elsewhere when its worker is killed. */
export const engine: Bench = {
  name: 'engine',
  title: 'The engine',
  async run({ progress }) {
    const cluster = await TestCluster.start();
    const ended = stopOnInterrupt(() => cluster.stop());
    try {
      progress(`starting ${RUNS} operations`);
      const starts = await withDatabase(cluster, startTimes);
      const takeovers: number[] = [];
      for (let round = 1; round <= KILL_ROUNDS; round += 1) {
        progress(`killing ${KILLS} of ${KILLS + 1} workers, round ${round} of ${KILL_ROUNDS}`);
        takeovers.push(...(await withDatabase(cluster, takeoverTimes)));
      }
      const rows = [
        atMost({ what: 'Enqueue to first step, median', value: median(starts), most: 150, format: inMs }),
        told('… p95', inMs(percentile(starts, 0.95))),
        atMost({
          what: 'Takeover after `kill -9`, median',
          value: median(takeovers),
          most: 2_000,
          format: inMs,
        }),
        told('… longest', inMs(Math.max(...takeovers))),
      ];
      return { rows, notes: NOTES, postgres: null };
    } finally {
      ended();
      await cluster.stop();
    }
  },
};

const NOTES = [
  'The engine, its lease and its liveness as the product runs them, in real worker processes; only the steps are scripted. ' +
    'Enqueue to first step: from the commit that starts an operation to the record that its first step began, by the database’s clock. ' +
    `Takeover: from \`kill -9\` in the middle of a step to the record that a peer began it again, ${KILLS * KILL_ROUNDS} times, with peers that have known the server for ${LIVENESS.graceMs / 1_000} s (before that a missing session proves nothing, and the heartbeat's ${LIVENESS.ttlMs / 1_000} s count).`,
];

async function withDatabase(
  cluster: TestCluster,
  measure: (database: TestDatabase) => Promise<number[]>,
): Promise<number[]> {
  const database = await cluster.clone();
  try {
    return await measure(database);
  } finally {
    await database.close();
  }
}

async function startTimes(database: TestDatabase): Promise<number[]> {
  await database.startWorkers(2, { timing: LIVENESS });
  const tookMs: number[] = [];
  for (let i = 0; i < RUNS; i += 1) {
    const environment = `start-${i}`;
    const id = await database.request(plan(environment, [step('act')]));
    const enqueuedAt = await database.start(id, environment);
    const started = await database.untilEvent(id, 'started', 'act');
    tookMs.push(started.at.getTime() - enqueuedAt.getTime());
    await database.untilState(id, 'done');
  }
  return tookMs;
}

async function takeoverTimes(database: TestDatabase): Promise<number[]> {
  await database.startWorkers(KILLS + 1, { timing: LIVENESS });
  await delay(LIVENESS.graceMs + 500);
  const tookMs: number[] = [];
  for (let i = 0; i < KILLS; i += 1) {
    const id = await database.run(
      plan(`kill-${i}`, [step('act', { effect: true, sleepSeconds: 600, sleepAttempts: 1 })]),
    );
    await until('the step is under way', async () =>
      (await database.effects(id)).length > 0 ? true : undefined,
    );
    const victim = await database.owner(id);
    const [clock] = await database.query<{ at: Date }>('select clock_timestamp() as at');
    await victim.kill('SIGKILL');
    await database.untilState(id, 'done');
    const again = (await database.events(id)).find(
      ({ kind, attempt }) => kind === 'started' && attempt === 2,
    );
    if (!clock || !again) throw new Error(`${id} was not taken over.\n${await database.describe(id)}`);
    tookMs.push(again.at.getTime() - clock.at.getTime());
  }
  return tookMs;
}
