import type { Status } from './model.ts';

/** What a step's shape is called, for whoever does not see it. */
export const STEP_SPOKEN = {
  ok: 'done',
  warning: 'done, with a warning',
  critical: 'failed',
  unknown: 'outcome unknown',
  held: 'held',
  running: 'running',
  waiting: 'not begun',
} as const satisfies Record<Status, string>;
