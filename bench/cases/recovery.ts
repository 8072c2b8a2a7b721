import { missingTools } from '#test/lab/support/tools.ts';
import type { Bench } from '../bench.ts';
import { PATIENCE } from '../recovery/console.ts';
import { type FailoverRound, runFailover } from '../recovery/failover.ts';
import { seeded } from '../recovery/random.ts';
import { type RunbookRound, runRunbook } from '../recovery/runbook.ts';
import { asRatio, atLeast, atMost, inCount, inSeconds, type Row, spread, told } from '../report.ts';
import { median } from '../statistics.ts';

/** The writer's Region lost at random moments, by Meridian and by the strategy document's own script. */
export const recovery: Bench = {
  name: 'recovery',
  title: 'Recovery',
  async run({ runs, progress }) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    progress(`seed of all draws: ${seed}`);
    const draw = seeded(seed);
    const failovers: FailoverRound[] = [];
    for (let i = 1; i <= runs; i += 1) {
      progress(`outage ${i} of ${runs}, by Meridian`);
      failovers.push(await runFailover(draw, progress));
    }
    const missing = missingTools('aws', 'kubectl');
    const scripted: Scripted = { waiting: [], looking: [] };
    for (let i = 1; i <= Math.min(runs, MOST_SCRIPTED) && missing.length === 0; i += 1) {
      progress(`outage ${i}, by the runbook’s script with the AWS CLI’s own waiter`);
      scripted.waiting.push(await runRunbook(draw, null, progress));
      progress(`outage ${i}, by the runbook’s script with a look each second`);
      scripted.looking.push(await runRunbook(draw, 1, progress));
    }
    return {
      rows: [...failoverRows(failovers), ...scriptRows(failovers, scripted, missing)],
      notes: [...NOTES, `Seed of the draws: ${seed}.`],
      postgres: null,
    };
  },
};

/** Its rounds hardly differ from one another. */
const MOST_SCRIPTED = 5;

interface Scripted {
  waiting: RunbookRound[];
  looking: RunbookRound[];
}

const NOTES = [
  `Each outage on an estate of its own, all of Meridian and the lab started for it, with every Region connected and the switch of the lost one prepared; shoppers ask 20 times a second; limits on p95 are ${PATIENCE} times the estate’s, as everything shares one machine. us-east-1 is lost at a random moment: its API, cluster, links and load balancer reset connections, its database is killed. ` +
    'The lab’s modelled waits of AWS pass 60 times faster (a promotion, nodes); round trips, DNS, health checks, replication and promotion of the databases are real. Declared as an emergency the moment that the console calls the Region failing.',
  'Down: from the first order that failed to the first that was taken again, as shoppers saw it. Handled: from the declaration, or the start of the script, to that first order. ' +
    'Own time: the run from its request to the first test order on the new writer, less every moment in which a call to AWS, Kubernetes, DNS or a database was under way, or a step was between two looks at the same thing.',
  'The script is bench/runbook/failover.sh: the strategy document’s own steps in its order, each corrected only as far as it needs to work; started when the zone’s name servers have left the Region. It neither fences nor freezes. ' +
    'It waits for RDS once with the AWS CLI’s own waiter, which looks each 30 s, as nobody scales it; and once with a look each second, which nobody writes, to tell how much of the difference is that waiter. ' +
    'A real promotion takes minutes, which the script and Meridian wait for alike: that ratio is one of the lab’s times.',
];

function failoverRows(rounds: readonly FailoverRound[]): Row[] {
  const of = (value: (round: FailoverRound) => number) => rounds.map(value);
  const clock = (name: string) => rounds.flatMap(({ clocks }) => clocks[name] ?? []);
  return [
    told(
      `Unplanned failover, ${rounds.length} runs: orders down, median (range)`,
      spread(of(({ clients }) => clients.downSeconds)),
    ),
    told(
      '… until the console calls the Region failing',
      spread(of(({ detectedSeconds }) => detectedSeconds)),
    ),
    told('… handled, declaration to the first order', spread(of(({ handledSeconds }) => handledSeconds))),
    ...(['writes', 'reads', 'redundancy'] as const).map((name) =>
      told(`… clock: ${CLOCKS[name]}`, spread(clock(name))),
    ),
    atMost({
      what: '… own time until writes are restored, worst',
      value: Math.max(...of(({ ownSeconds }) => ownSeconds)),
      most: 1,
      format: inSeconds,
    }),
    told(
      '… own time of the whole run, with the waits for resolvers and measurements',
      spread(of(({ ownSecondsOfRun }) => ownSecondsOfRun)),
    ),
    told(
      '… acknowledged orders lost; bound accepted',
      `${of(({ lost }) => lost).join(', ')}; ${of(({ contractSeconds }) => contractSeconds)
        .map(inSeconds)
        .join(', ')}`,
    ),
    atMost({
      what: '… orders lost beyond the accepted bound, all runs',
      value: of(({ beyondContract }) => beyondContract).reduce((sum, one) => sum + one, 0),
      most: 0,
      format: inCount,
    }),
  ];
}

const CLOCKS = {
  writes: 'writes restored',
  reads: 'reads normal',
  redundancy: 'redundancy restored',
} as const;

function scriptRows(
  failovers: readonly FailoverRound[],
  { waiting, looking }: Scripted,
  missing: readonly string[],
): Row[] {
  if (missing.length > 0)
    return [
      told('The same outage by the runbook’s script', `not measured: ${missing.join(' and ')} missing`),
    ];
  const handled = (all: readonly { handledSeconds: number }[]) =>
    all.map(({ handledSeconds }) => handledSeconds);
  const ratio = (all: readonly RunbookRound[]) => median(handled(all)) / median(handled(failovers));
  return [
    told(
      `By the runbook’s script, ${waiting.length} runs: orders down, median (range)`,
      spread(waiting.map(({ clients }) => clients.downSeconds)),
    ),
    told('… handled, its start to the first order', spread(handled(waiting))),
    told('… acknowledged orders lost', waiting.map(({ lost }) => lost).join(', ')),
    atLeast({
      what: '… how many times longer than Meridian, median to median',
      value: ratio(waiting),
      least: 2,
      format: asRatio,
    }),
    told('… with a look each second: handled', spread(handled(looking))),
    told('… with a look each second: how many times longer', asRatio(ratio(looking))),
  ];
}
