import { spawn } from 'node:child_process';
import { sendSignal, yieldProcessor } from '../processes.ts';

export interface Command {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
  /** Leaves the processor to whoever wants it: for what waits for no clock, beside what does. */
  yields?: boolean;
}

export interface Finished {
  ok: boolean;
  output: string;
}

const running = new Set<number>();

/** Runs a command to its end and keeps all it printed. After the timeout its whole process group is killed. */
export function run({ command, args, cwd, env, timeoutMs, yields = false }: Command): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const { pid } = child;
    if (yields) yieldProcessor(pid);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    const end = () => {
      if (pid !== undefined) sendSignal(pid, 'SIGKILL', { group: true });
    };
    const timer = setTimeout(() => {
      output += `\nNot finished after ${timeoutMs / 1000} s, and killed.\n`;
      end();
    }, timeoutMs);
    if (pid !== undefined) running.add(pid);
    const finish = (ok: boolean) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      resolve({ ok, output });
    };
    child.once('error', (error) => {
      output += String(error);
      finish(false);
    });
    child.once('close', (code) => finish(code === 0));
  });
}

/** Ends whatever `run` has under way: for Ctrl-C, which does not reach other process groups. */
export function endRunning(): void {
  for (const pid of running) sendSignal(pid, 'SIGTERM', { group: true });
}
