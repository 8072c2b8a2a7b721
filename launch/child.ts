import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { hintFor } from './hints.ts';
import type { LaunchLock } from './lock.ts';
import { LogFile, tailOf } from './log-file.ts';
import { errorMessage, LaunchProblem } from './problem.ts';
import { sendSignal, waitUntilGone } from './processes.ts';
import type { Progress } from './progress.ts';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 15_000;
/** A child that ran this long was healthy: its next crash is treated as the first. */
const HEALTHY_AFTER_MS = 30_000;

export interface ChildProgram {
  name: string;
  cwd: string;
  /** Arguments for the pinned Node. */
  args: readonly string[];
  /** Asked before every start, with the number of starts so far: a restarted worker gets a new id. */
  environment: (start: number) => NodeJS.ProcessEnv;
  /** Resolves when this start serves; after a crash the restart is reported once it has resolved. */
  ready: (signal: AbortSignal) => Promise<void>;
  readyTimeoutMs: number;
}

export interface ChildContext {
  logDir: string;
  progress: Progress;
  lock: LaunchLock;
}

/**
 * One long-running program of Meridian: logged, restarted with growing pauses when it ends unasked, and stopped
 * with everything it has started. It has a process group of its own, so that Ctrl-C reaches the launcher alone.
 */
export class Child {
  readonly name: string;
  readonly logFile: string;
  readonly #program: ChildProgram;
  readonly #context: ChildContext;
  readonly #log: LogFile;
  readonly #stopping = new AbortController();
  #process: ChildProcess | undefined;
  #exit: Promise<string> = Promise.resolve('not started');
  #starts = 0;

  constructor(program: ChildProgram, context: ChildContext) {
    this.name = program.name;
    this.#program = program;
    this.#context = context;
    this.logFile = path.join(context.logDir, `${program.name.replaceAll(' ', '-')}.log`);
    this.#log = new LogFile(this.logFile, (trouble) => context.progress.say(program.name, trouble));
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it and resolves when it serves. Throws a LaunchProblem with the log's tail when it ends or is late. */
  async start(): Promise<void> {
    await this.#startOnce();
    void this.#keepRunning();
  }

  /** Asks it to end and waits; past the deadline its whole group is killed. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    const pid = this.pid;
    if (pid !== undefined) await this.#end(pid, deadlineMs);
  }

  /** Ends it so that it starts again, with what `environment` says now. */
  restart(): void {
    if (this.pid !== undefined) sendSignal(this.pid, 'SIGTERM');
  }

  async #end(pid: number, deadlineMs: number): Promise<void> {
    sendSignal(pid, 'SIGTERM');
    if (!(await waitUntilGone(pid, deadlineMs))) {
      this.#context.progress.say(this.name, `did not end within ${deadlineMs / 1000} s and is killed`);
    }
    sendSignal(pid, 'SIGKILL', { group: true }); // also whatever it has started and left
    await waitUntilGone(pid, 2_000);
    await this.#exit;
  }

  async #startOnce(): Promise<void> {
    this.#spawn();
    const attempt = new AbortController();
    const timer = setTimeout(() => attempt.abort('late'), this.#program.readyTimeoutMs);
    const ended = this.#exit.then((how) => {
      throw new LaunchProblem(this.#failure(`ended while starting (${how})`));
    });
    const signal = AbortSignal.any([attempt.signal, this.#stopping.signal]);
    try {
      await Promise.race([this.#program.ready(signal), ended]);
    } catch (error) {
      if (attempt.signal.reason !== 'late') throw error;
      throw new LaunchProblem(this.#failure(`was not ready within ${this.#program.readyTimeoutMs / 1000} s`));
    } finally {
      clearTimeout(timer);
      attempt.abort();
    }
  }

  #failure(what: string): string {
    const tail = tailOf(this.logFile, 20);
    return [`${this.name} ${what}. ${hintFor(tail) ?? ''}`.trim(), `The end of ${this.logFile}:`, tail].join(
      '\n',
    );
  }

  #spawn(): void {
    this.#starts += 1;
    const { args, cwd } = this.#program;
    const guard = path.join(import.meta.dirname, 'child-guard.mjs');
    const child = spawn(process.execPath, ['--import', guard, ...args], {
      cwd,
      env: this.#program.environment(this.#starts),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process = child;
    child.stdout?.on('data', (chunk: Buffer) => this.#log.append(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#log.append(chunk));
    const { pid } = child;
    if (pid !== undefined) this.#note(() => this.#context.lock.addChild(this.name, pid));
    this.#exit = new Promise((resolve) => {
      child.once('error', (error) => resolve(errorMessage(error)));
      child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
    });
    void this.#exit.then(() => {
      if (pid !== undefined) this.#note(() => this.#context.lock.removeChild(pid));
      if (this.#process === child) this.#process = undefined;
    });
  }

  /** The lock's file names the children for the next start; one that cannot be written is no reason to end this one. */
  #note(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#context.progress.say(this.name, `is not noted for the next start: ${errorMessage(error)}`);
    }
  }

  async #keepRunning(): Promise<void> {
    const { progress } = this.#context;
    let pauseMs = FIRST_BACKOFF_MS;
    while (!this.#stopping.signal.aborted) {
      const startedAt = performance.now();
      const how = await this.#exit;
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) pauseMs = FIRST_BACKOFF_MS;
      const hint = hintFor(tailOf(this.logFile, 10));
      progress.say(
        this.name,
        `ended unexpectedly (${how}); starts again in ${pauseMs / 1000} s. ${hint ?? `Log: ${this.logFile}`}`,
      );
      await pause(pauseMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, LONGEST_BACKOFF_MS);
      await this.#restartOnce();
    }
  }

  async #restartOnce(): Promise<void> {
    try {
      await this.#startOnce();
      this.#context.progress.say(this.name, `runs again (process ${this.pid})`);
    } catch (error) {
      // The next turn of the loop reports the end and tries again; a late start keeps running.
      this.#log.append(Buffer.from(`launcher: ${errorMessage(error)}\n`));
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
