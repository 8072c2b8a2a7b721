import type { Bench } from '../bench.ts';
import { runSwitchovers, type SwitchoverRound } from '../recovery/switchover.ts';
import { atMost, inCount, inSeconds, type Row, spread, told } from '../report.ts';

/** The writer moved to and fro without an outage. */
export const switchover: Bench = {
  name: 'switchover',
  title: 'Moves of the writer',
  async run({ runs, progress }) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    progress(`seed: ${seed}`);
    const rounds = await runSwitchovers(runs, { seed, progress });
    return { rows: switchoverRows(rounds), notes: [...NOTES, `Seed: ${seed}.`], postgres: null };
  },
};

const NOTES = [
  'To and fro on one estate, all of Meridian and the lab started for it; shoppers ask 20 times a second. The lab’s modelled waits of AWS pass 60 times faster; round trips, DNS, replication and promotion of the databases are real. ' +
    'Frozen: from the first Region in which orders are refused to the last that is pointed at the new writer. ' +
    'Own time: of that, what was not spent waiting for AWS, databases or Kubernetes.',
];

function switchoverRows(rounds: readonly SwitchoverRound[]): Row[] {
  return [
    told(
      `Switchover, ${rounds.length} runs: orders frozen, median (range)`,
      spread(rounds.map(({ frozenSeconds }) => frozenSeconds)),
    ),
    told('… orders down, as shoppers saw it', spread(rounds.map(({ downSeconds }) => downSeconds))),
    atMost({
      what: '… own time of that, worst',
      value: Math.max(...rounds.map(({ ownSeconds }) => ownSeconds)),
      most: 3,
      format: inSeconds,
    }),
    atMost({
      what: '… acknowledged orders lost, most of any run',
      value: Math.max(...rounds.map(({ lost }) => lost)),
      most: 0,
      format: inCount,
    }),
  ];
}
