/** What a step is called that did not do what it was there for. */
const OPEN = {
  omitted: 'left undone',
  holding: 'held when it ended',
  unknown: 'under way when it ended: what came of it has to be looked at',
  failed: 'failed',
  'not-run': 'did not run',
} as const satisfies Record<string, string>;

export interface OpenPoint {
  key: string;
  title: string;
  region: string | null;
  state: keyof typeof OPEN;
  /** "did not run" */
  words: string;
}

/** Planned steps of a run that ended incomplete which nobody may forget, in the order of the run. */
export function openPoints(
  steps: readonly { key: string; title: string; region: string | null; state: string }[],
): OpenPoint[] {
  return steps.flatMap(({ key, title, region, state }) =>
    isOpen(state) ? { key, title, region, state, words: OPEN[state] } : [],
  );
}

function isOpen(state: string): state is keyof typeof OPEN {
  return state in OPEN;
}
