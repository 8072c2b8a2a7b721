import { spawn } from 'node:child_process';
import path from 'node:path';
import { hintFor } from './hints.ts';
import { LogFile } from './log-file.ts';
import { LaunchProblem } from './problem.ts';
import { yieldProcessor } from './processes.ts';

/** Of what a program prints, kept at hand. */
const KEPT_CHARACTERS = 8_000;

export interface Task {
  /** Names the log file and, in a failure's sentence, what was attempted. */
  name: string;
  attempt: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logDir: string;
  signal: AbortSignal;
  /** Leaves the processor to whoever wants it. */
  yields?: boolean;
}

/**
 * Runs one Node program to its end, output into its log, and answers with the last of what it printed to standard output.
 * Throws a LaunchProblem with the end of all it printed when it fails; that end is at hand also where the log cannot be written.
 */
export async function runTask(task: Task): Promise<string> {
  let trouble = '';
  const log = new LogFile(path.join(task.logDir, `${task.name}.log`), (told) => {
    trouble = `${task.name}: ${told}`;
  });
  const child = spawn(process.execPath, task.args, {
    cwd: task.cwd,
    env: task.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (task.yields) yieldProcessor(child.pid);
  const abort = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
  };
  task.signal.addEventListener('abort', abort, { once: true });
  let output = '';
  let printed = '';
  const keep = (before: string, chunk: Buffer) => (before + chunk.toString('utf8')).slice(-KEPT_CHARACTERS);
  child.stdout.on('data', (chunk: Buffer) => {
    output = keep(output, chunk);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed = keep(printed, chunk);
      log.append(chunk);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    task.signal.removeEventListener('abort', abort);
    log.close();
  });
  task.signal.throwIfAborted();
  if (code === 0) return output;
  throw new LaunchProblem(failure(task, { printed, trouble, file: log.file }));
}

function failure(
  { attempt }: Task,
  { printed, trouble, file }: { printed: string; trouble: string; file: string },
): string {
  const tail = printed.trimEnd().split('\n').slice(-25).join('\n');
  const hint = hintFor(`${tail}\n${trouble}`) ?? '';
  const source = trouble ? [trouble, 'The end of what it printed:'] : [`The end of ${file}:`];
  return [`${attempt} failed. ${hint}`.trim(), ...source, tail].join('\n');
}
