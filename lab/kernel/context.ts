import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Chaos } from './chaos.ts';
import type { Clock } from './clock.ts';
import type { MetricStore } from './metrics.ts';
import type { NameRegistry } from './names.ts';
import type { Random } from './random.ts';
import type { StateStore } from './state.ts';

/** What every part of the lab is given. Parts talk to each other only through this and their own factories' arguments. */
export interface LabContext {
  estate: Estate;
  /** Folder of the lab's files; each part makes its own sub-folder. */
  dataDir: string;
  clock: Clock;
  random: Random;
  chaos: Chaos;
  metrics: MetricStore;
  names: NameRegistry;
  state: StateStore;
  log: (part: string, message: string, fields?: Record<string, unknown>) => void;
}

/** A running part: closed in reverse order of start; `reset` returns it to the estate's first state. */
export interface LabPart {
  close(): Promise<void>;
  /** Ends what is under way before any part is reset: work of the former state must not reach the new one. */
  halt?(): void;
  reset?(): Promise<void>;
}
