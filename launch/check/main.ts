import { cleanedProcess } from '../environment.ts';
import { errorMessage, LaunchProblem } from '../problem.ts';
import { sum } from './counts.ts';
import { watchMemory } from './memory.ts';
import { inTheirOrder } from './order.ts';
import { endRunning } from './run.ts';
import { PREREQUISITES, STAGES, type Stage, type StageResult } from './stages.ts';
import { ensureTools } from './tools.ts';
import { judge, type Verdict } from './verdict.ts';

/** As CI runs it: a kind that cannot run here counts as failed. */
const EVERY_KIND = '--every-kind';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endRunning();
    process.exit(1);
  });
}

try {
  const args = process.argv.slice(2);
  const everyKind = args.includes(EVERY_KIND);
  const stages = chosenStages(args.filter((arg) => arg !== EVERY_KIND));
  const machine = watchMemory();
  const tools = stages.some((stage) => stage.needsTools) ? presentTools() : Promise.resolve();
  // Those that are not to run keep the places of the others.
  const verdicts = await inTheirOrder(STAGES, async (stage) =>
    stages.includes(stage) ? report(stage, { tools, everyKind }) : undefined,
  );
  const told = verdicts.filter((verdict) => verdict !== undefined);
  // Far above by now, and on a screen of CI perhaps cut off.
  for (const line of told.flatMap(({ failures }) => failures)) console.log(line);
  console.log(`${'machine'.padEnd(10)} ${machine()}`);
  const { passed, failed, skipped } = sum(told.map(({ counts }) => counts));
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof LaunchProblem ? error.message : error);
  process.exitCode = 1;
}

function chosenStages(names: readonly string[]): readonly Stage[] {
  if (names.length === 0) return STAGES;
  const known = STAGES.map((stage) => stage.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown)
    throw new LaunchProblem(
      `"${unknown}" is no kind of test. npm test -- [${EVERY_KIND}] ${known.join(' | ')}`,
    );
  const needed = new Set(names.flatMap((name) => ['generate', ...(PREREQUISITES[name] ?? []), name]));
  return STAGES.filter((stage) => needed.has(stage.name));
}

interface Run {
  /** Settles when the programs that some stages need are there, or cannot be. */
  tools: Promise<void>;
  everyKind: boolean;
}

async function presentTools(): Promise<void> {
  console.log(`${'tools'.padEnd(10)} ${await ensureTools(cleanedProcess())}`);
}

async function report(stage: Stage, { tools, everyKind }: Run): Promise<Verdict> {
  if (stage.needsTools) await tools;
  const startedAt = performance.now();
  const result = await settle(stage);
  const verdict = judge(stage.name, result, {
    seconds: (performance.now() - startedAt) / 1000,
    everyKind,
  });
  console.log(verdict.lines.join('\n'));
  return verdict;
}

async function settle(stage: Stage): Promise<StageResult> {
  try {
    return await stage.run();
  } catch (error) {
    return { output: errorMessage(error), counts: { passed: 0, failed: 1, skipped: 0 } };
  }
}
