import { cleanedProcess } from '../environment.ts';
import { errorMessage, LaunchProblem } from '../problem.ts';
import { type Counts, sum } from './counts.ts';
import { endRunning } from './run.ts';
import { inGroups, PREREQUISITES, STAGES, type Stage, type StageResult } from './stages.ts';
import { ensureTools } from './tools.ts';
import { judge } from './verdict.ts';

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
  const tools = stages.some((stage) => stage.needsTools)
    ? ensureTools(cleanedProcess())
    : Promise.resolve('not needed');
  const results: Counts[] = [];
  for (const group of inGroups(stages))
    results.push(...(await Promise.all(group.map((stage) => report(stage, { tools, everyKind })))));
  const { passed, failed, skipped } = sum(results);
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
  /** What became of the programs that some stages need, in one line. */
  tools: Promise<string>;
  everyKind: boolean;
}

async function report(stage: Stage, { tools, everyKind }: Run): Promise<Counts> {
  if (stage.needsTools) console.log(`${'tools'.padEnd(10)} ${await tools}`);
  const startedAt = performance.now();
  const result = await settle(stage);
  const { counts, lines } = judge(stage.name, result, {
    seconds: (performance.now() - startedAt) / 1000,
    everyKind,
  });
  console.log(lines.join('\n'));
  return counts;
}

async function settle(stage: Stage): Promise<StageResult> {
  try {
    return await stage.run();
  } catch (error) {
    return { output: errorMessage(error), counts: { passed: 0, failed: 1, skipped: 0 } };
  }
}
