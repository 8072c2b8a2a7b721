import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LabContext } from '#lab/kernel/context.ts';
import type { Address, Answer, Command, Conditions } from './types.ts';

export interface ProxyHost {
  listen(target: Address, conditions: Conditions, port: number): Promise<{ id: number; port: number }>;
  apply(id: number, conditions: Conditions): Promise<void>;
  stop(id: number): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(answer: Answer | undefined): void;
  reject(error: Error): void;
}

interface Listening {
  port: number;
  target: Address;
  conditions: Conditions;
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** The parent's side of the links' process. A process that dies is replaced, with every proxy on the port it had. */
export function createProxyHost(ctx: Pick<LabContext, 'log'>): ProxyHost {
  const listening = new Map<number, Listening>();
  const waiting = new Map<number, Waiting[]>();
  let lastId = 0;
  let closing = false;
  let child = start();

  function start(): ChildProcess {
    // execArgv is emptied: a test runner's loaders are not wanted in the links' process.
    const fresh = fork(CHILD, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    fresh.on('message', (answer: Answer) => settle(answer));
    fresh.on('exit', (code, signal) => {
      forsakeWaiting();
      if (closing) return;
      ctx.log('links', 'the links process ended; starting it again', { code, signal });
      child = start();
      for (const [id, { port, target, conditions }] of listening) {
        void request({ kind: 'listen', id, port, target, conditions }).catch((error) =>
          ctx.log('links', 'a link could not be opened again', { port, error: String(error) }),
        );
      }
    });
    return fresh;
  }

  function settle(answer: Answer) {
    const next = waiting.get(answer.id)?.shift();
    if (answer.kind === 'refused') next?.reject(refusal(answer));
    else next?.resolve(answer);
  }

  /** The commands of a process that has ended get no answer; what they asked for is in `listening`. */
  function forsakeWaiting() {
    for (const queue of waiting.values()) for (const { resolve } of queue) resolve(undefined);
    waiting.clear();
  }

  function request(command: Command): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      const queue = waiting.get(command.id) ?? [];
      queue.push({ resolve, reject });
      waiting.set(command.id, queue);
      child.send(command, (error) => {
        if (error && !closing)
          ctx.log('links', 'a command did not reach the links process', { error: String(error) });
      });
    });
  }

  return {
    async listen(target, conditions, port) {
      lastId += 1;
      const id = lastId;
      const answer = await request({ kind: 'listen', id, port, target, conditions });
      if (answer?.kind !== 'listening') {
        throw new Error(
          `A link to port ${target.port} could not be opened: the links process ended. Try again.`,
        );
      }
      listening.set(id, { port: answer.port, target, conditions });
      return { id, port: answer.port };
    },
    async apply(id, conditions) {
      const known = listening.get(id);
      if (!known || closing) return;
      if (JSON.stringify(known.conditions) === JSON.stringify(conditions)) return;
      known.conditions = conditions;
      await request({ kind: 'conditions', id, conditions });
    },
    async stop(id) {
      listening.delete(id);
      if (closing) return;
      await request({ kind: 'stop', id });
      waiting.delete(id);
    },
    async close() {
      if (closing) return;
      closing = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

function refusal(answer: Extract<Answer, { kind: 'refused' }>): Error {
  return Object.assign(new Error(`A link proxy could not listen: ${answer.message}`), { code: answer.code });
}
