import type { ObjectStore } from '../storage/store.ts';
import type { Controller, ControllerContext } from './controller.ts';

export interface ControlLoop {
  /** Runs the controllers now, until they change nothing more. */
  settle(): void;
  start(): void;
  stop(): void;
}

/** A round moves each workload one step; far more than this without rest is a controller fighting another. */
const MOST_ROUNDS = 100;

/** Calls the controllers after every change, once an event-loop turn, and when one asked to be woken. */
export function createControlLoop(
  controllers: Controller[],
  parts: Omit<ControllerContext, 'wakeIn'>,
  options: { settled: () => void; log: (message: string) => void },
): ControlLoop {
  const { store } = parts;
  let pending: NodeJS.Immediate | undefined;
  let alarm: { atMs: number; timer: NodeJS.Timeout } | undefined;
  let stopWatching: (() => void) | undefined;
  const context: ControllerContext = { ...parts, wakeIn };

  function wakeIn(ms: number) {
    const atMs = Date.now() + ms;
    if (alarm && alarm.atMs <= atMs) return;
    clearTimeout(alarm?.timer);
    const timer = setTimeout(() => {
      alarm = undefined;
      soon();
    }, ms).unref();
    alarm = { atMs, timer };
  }

  function settle() {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = store.revision();
      for (const controller of controllers) controller(context);
      if (store.revision() === before) {
        options.settled();
        return;
      }
    }
    options.log(
      `The controllers did not come to rest within ${MOST_ROUNDS} rounds; they go on with the next change.`,
    );
    options.settled();
  }

  function soon() {
    pending ??= setImmediate(() => {
      pending = undefined;
      settle();
    });
  }

  return {
    settle,
    start() {
      stopWatching = watchStore(store, soon);
      soon();
    },
    stop() {
      stopWatching?.();
      clearImmediate(pending);
      pending = undefined;
      clearTimeout(alarm?.timer);
      alarm = undefined;
    },
  };
}

const watchStore = (store: ObjectStore, soon: () => void) => store.onChange(soon);
