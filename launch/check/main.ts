import { cleanedProcess } from '../environment.ts';
import { errorMessage, LaunchProblem } from '../problem.ts';
import { type Counts, sum } from './counts.ts';
import { endRunning } from './run.ts';
import { inGroups, PREREQUISITES, STAGES, type Stage, type StageResult } from './stages.ts';
import { ensureTools } from './tools.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endRunning();
    process.exit(1);
  });
}

try {
  const stages = chosenStages(process.argv.slice(2));
  const tools = stages.some((stage) => stage.needsTools)
    ? ensureTools(cleanedProcess())
    : Promise.resolve('not needed');
  const results: Counts[] = [];
  for (const group of inGroups(stages))
    results.push(...(await Promise.all(group.map((stage) => report(stage, tools)))));
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
  if (unknown) throw new LaunchProblem(`"${unknown}" is no kind of test. npm test -- ${known.join(' | ')}`);
  const needed = new Set(names.flatMap((name) => ['generate', ...(PREREQUISITES[name] ?? []), name]));
  return STAGES.filter((stage) => needed.has(stage.name));
}

async function report(stage: Stage, tools: Promise<string>): Promise<Counts> {
  if (stage.needsTools) line('tools', await tools);
  const startedAt = performance.now();
  const result = await settle(stage);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (result.skipped) {
    line(stage.name, `skipped: ${result.skipped}`);
    return { ...result.counts, skipped: result.counts.skipped + 1 };
  }
  const counts = neverEmpty(result.counts);
  const { passed, failed, skipped } = counts;
  line(stage.name, `${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`);
  if (failed > 0)
    console.log(`\n${result.output.trim() || 'No test ran: a stage without tests proves nothing.'}\n`);
  return counts;
}

async function settle(stage: Stage): Promise<StageResult> {
  try {
    return await stage.run();
  } catch (error) {
    return { output: errorMessage(error), counts: { passed: 0, failed: 1, skipped: 0 } };
  }
}

function neverEmpty(counts: Counts): Counts {
  return counts.passed + counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function line(name: string, text: string): void {
  console.log(`${name.padEnd(10)} ${text}`);
}
