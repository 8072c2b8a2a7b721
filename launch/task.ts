import { spawn } from 'node:child_process';
import path from 'node:path';
import { hintFor } from './hints.ts';
import { LogFile, tailOf } from './log-file.ts';
import { LaunchProblem } from './problem.ts';

export interface Task {
  /** Names the log file and, in a failure's sentence, what was attempted. */
  name: string;
  attempt: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logDir: string;
  signal: AbortSignal;
}

/** Runs one Node program to its end, output into its log. Throws a LaunchProblem with the log's tail when it fails. */
export async function runTask(task: Task): Promise<string> {
  const log = new LogFile(path.join(task.logDir, `${task.name}.log`));
  const child = spawn(process.execPath, task.args, {
    cwd: task.cwd,
    env: task.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const abort = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
  };
  task.signal.addEventListener('abort', abort, { once: true });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-8_000);
    log.append(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => log.append(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    task.signal.removeEventListener('abort', abort);
    log.close();
  });
  task.signal.throwIfAborted();
  if (code === 0) return output;
  const tail = tailOf(log.file, 25);
  throw new LaunchProblem(
    [`${task.attempt} failed. ${hintFor(tail) ?? ''}`.trim(), `The end of ${log.file}:`, tail].join('\n'),
  );
}
