import type { Clock } from '#lab/kernel/clock.ts';
import type { LogStore } from '../api/logs.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { EventRecorder } from './event-recorder.ts';

/** What the controllers of one cluster share. */
export interface ControllerContext {
  store: ObjectStore;
  clock: Clock;
  events: EventRecorder;
  logs: LogStore;
  /** Five characters for a generated name. */
  suffix: () => string;
  /** Asks for another round once this many real milliseconds have passed. */
  wakeIn: (ms: number) => void;
}

/** Compares what is with what should be and takes the next steps; called again after every change until nothing is left to do. */
export type Controller = (context: ControllerContext) => void;
