interface Grouped {
  /** Neighbours of the same group run at once. */
  group?: string | null;
}

export interface StepGroup {
  size: number;
  first: boolean;
  /** Draws the bracket that binds what runs at once. */
  className: 'par first' | 'par mid' | 'par last';
}

/** For each step the group it runs in, or undefined where it runs alone. */
export function groupsOf(steps: readonly Grouped[]): (StepGroup | undefined)[] {
  return steps.map((step, index) => {
    const { group } = step;
    if (group === undefined || group === null) return undefined;
    let from = index;
    while (steps[from - 1]?.group === group) from -= 1;
    let to = index;
    while (steps[to + 1]?.group === group) to += 1;
    if (from === to) return undefined;
    const first = index === from;
    return {
      size: to - from + 1,
      first,
      className: first ? 'par first' : index === to ? 'par last' : 'par mid',
    };
  });
}
