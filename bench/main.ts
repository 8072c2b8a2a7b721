import { parseArgs } from 'node:util';
import { errorMessage } from '#launch/problem.ts';
import type { Bench } from './bench.ts';
import { audit } from './cases/audit.ts';
import { bundle } from './cases/bundle.ts';
import { deployments } from './cases/deployments.ts';
import { engine } from './cases/engine.ts';
import { events } from './cases/events.ts';
import { idle } from './cases/idle.ts';
import { overview } from './cases/overview.ts';
import { recovery } from './cases/recovery.ts';
import { switchover } from './cases/switchover.ts';
import { watchInterrupts } from './interrupt.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { writeSection } from './performance-page.ts';
import { toTable } from './report.ts';

const BENCHES: readonly Bench[] = [
  audit,
  overview,
  bundle,
  engine,
  events,
  idle,
  recovery,
  switchover,
  deployments,
];
const ROWS = 1_000_000;
const RUNS = 5;

const USAGE = `npm run bench [-- names] [--rows N] [--runs N] [--write]

  ${BENCHES.map(({ name, title }) => `${name.padEnd(10)}${title}`).join('\n  ')}

  --rows N  audit rows of the large estate in overview (${ROWS.toLocaleString('en-US')})
  --runs N  rounds of recovery, switchover and deployments (${RUNS}; 20 for docs/performance.md)
  --write   keep the results in docs/performance.md

Exits 0 when every target is met, 1 when one is missed, 2 when a bench could not run.`;

const EXIT = { met: 0, missed: 1, broken: 2 } as const;

watchInterrupts();
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let asked: ReturnType<typeof readArguments>;
  try {
    asked = readArguments(args);
  } catch (error) {
    console.error(`${errorMessage(error)}\n\n${USAGE}`);
    return EXIT.broken;
  }
  if (asked.help) {
    console.log(USAGE);
    return EXIT.met;
  }
  const outcomes: number[] = [];
  for (const bench of asked.benches) outcomes.push(await runOne(bench, asked));
  return Math.max(...outcomes);
}

function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rows: { type: 'string', default: String(ROWS) },
      runs: { type: 'string', default: String(RUNS) },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const rows = wholeNumber('rows', values.rows);
  const runs = wholeNumber('runs', values.runs);
  const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown) throw new Error(`There is no bench "${unknown}".`);
  const benches = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { benches, rows, runs, write: values.write, help: values.help };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} is "${text}"; it must be a whole number.`);
}

async function runOne(bench: Bench, asked: { rows: number; runs: number; write: boolean }): Promise<number> {
  const { rows, runs, write } = asked;
  console.log(`\n${bench.title} (${bench.name})`);
  const load = describeLoad();
  try {
    const report = await bench.run({ rows, runs, progress: (text) => console.log(`  … ${text}`) });
    const measuredOn = `${describeMachine(report.postgres, new Date())}; ${load}`;
    console.log(`\n${toTable(report)}\n  ${measuredOn}`);
    if (write) writeSection(bench, report, measuredOn);
    return report.rows.some(({ verdict }) => verdict === 'MISSED') ? EXIT.missed : EXIT.met;
  } catch (error) {
    console.error(`\n  Not measured: ${error instanceof Error ? error.stack : errorMessage(error)}`);
    return EXIT.broken;
  }
}
