import type { Bench } from '../bench.ts';
import {
  type BadRound,
  type Crowd,
  type HealthyRound,
  type RollbackRound,
  registerRelease,
  runBad,
  runCrowd,
  runHealthy,
  runRollback,
} from '../deployments/rounds.ts';
import { PATIENCE, startConsole } from '../recovery/console.ts';
import { seeded } from '../recovery/random.ts';
import { atMost, type Row, told } from '../report.ts';
import { median } from '../statistics.ts';

const CROWD = 50;

/** A deployment turned round, one that is well, one that is bad, and many at once: as shoppers saw them. */
export const deployments: Bench = {
  name: 'deployments',
  title: 'Deployments',
  async run({ runs, progress }) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    progress(`seed of all draws: ${seed}`);
    const draw = seeded(seed);
    const rollbacks: RollbackRound[] = [];
    const healthy: HealthyRound[] = [];
    const bad: BadRound[] = [];
    let crowd: Crowd | undefined;
    for (let i = 1; i <= runs; i += 1) {
      progress(`estate ${i} of ${runs}`);
      const console = await startConsole(Math.floor(draw() * 2 ** 31));
      try {
        for (const version of ['v2.0.0', 'v2.1.0', 'v2.2.0']) await registerRelease(console, version);
        rollbacks.push(await runRollback(console, 'v2.0.0'));
        progress(`rolled back: ${JSON.stringify(rollbacks.at(-1))}`);
        healthy.push(await runHealthy(console, 'v2.0.0'));
        progress(`deployed: ${JSON.stringify(healthy.at(-1))}`);
        bad.push(await runBad(console, 'v2.1.0'));
        progress(`bad release: ${JSON.stringify(bad.at(-1))}`);
        crowd ??= await runCrowd(console, 'v2.2.0', CROWD);
      } finally {
        await console.stop();
      }
    }
    return {
      rows: [
        ...rollbackRows(rollbacks),
        ...healthyRows(healthy),
        ...badRows(bad),
        ...(crowd ? crowdRows(crowd) : []),
      ],
      notes: [...NOTES, `Seed of the draws: ${seed}.`],
      postgres: null,
    };
  },
};

const NOTES = [
  `Each estate is started for its run; shoppers ask 20 times a second; limits on p95 are ${PATIENCE} times the estate’s, as everything shares one machine. Soaks of 30 minutes pass 60 times faster. Versions are those that shoppers read in the answers’ header.`,
  'Rolled back: asked for by REST while the last of three Regions soaks, so that all of them serve the new version. Own time: from the request to the last Service pointed back, less every moment in which a call to Kubernetes or AWS was under way.',
  'Bad release: a quarter of its requests fail, wherever it serves. Orders failed: of all orders of all Regions from the first switch on.',
];

const inSeconds = (value: number) => `${value.toFixed(2)} s`;

function spread(values: readonly number[]): string {
  return `${inSeconds(median(values))} (${inSeconds(Math.min(...values))}–${inSeconds(Math.max(...values))})`;
}

function rollbackRows(rounds: readonly RollbackRound[]): Row[] {
  return [
    told(
      `Rollback, ${rounds.length} runs: click to the version of before in every Region, median (range)`,
      spread(rounds.map(({ seconds }) => seconds)),
    ),
    atMost({
      what: '… own time of that, worst',
      value: Math.max(...rounds.map(({ ownSeconds }) => ownSeconds)),
      most: 3,
      format: inSeconds,
    }),
  ];
}

function healthyRows(rounds: readonly HealthyRound[]): Row[] {
  return [
    told(
      `Healthy deployment, ${rounds.length} runs: three Regions, median (range)`,
      spread(rounds.map(({ seconds }) => seconds)),
    ),
    told('… requests of shoppers meanwhile', rounds.map(({ requests }) => requests).join(', ')),
    atMost({
      what: '… requests lost, most of any run',
      value: Math.max(...rounds.map(({ lost }) => lost)),
      most: 0,
      format: String,
    }),
  ];
}

function badRows(rounds: readonly BadRound[]): Row[] {
  const list = (of: (round: BadRound) => string | number) => rounds.map(of).join(', ');
  return [
    told(
      `Bad release, ${rounds.length} runs: first switch to the gate’s decision, median (range)`,
      spread(rounds.map(({ decidedSeconds }) => decidedSeconds)),
    ),
    told('… first switch to its last answer', spread(rounds.map(({ servedSeconds }) => servedSeconds))),
    told(
      '… Regions that it reached',
      list(({ regionsReached }) => regionsReached),
    ),
    told(
      '… orders failed of all orders',
      list(
        ({ failedOrders, orders, failedShare }) =>
          `${failedOrders} of ${orders} (${(failedShare * 100).toFixed(1)} %)`,
      ),
    ),
  ];
}

function crowdRows({ accepted, told: answered, others }: Crowd): Row[] {
  const right = accepted === 1 && answered === CROWD - 1;
  return [
    {
      what: `${CROWD} deployments of one environment asked for at once: started; told by whom they are held`,
      measured: `${accepted}; ${answered}${others.length > 0 ? `; otherwise ${others[0]}` : ''}`,
      target: `1; ${CROWD - 1}`,
      verdict: right ? 'met' : 'MISSED',
    },
  ];
}
