/** The six chart tones of the tokens, in order; `quiet` is a context line. */
export type Tone = 1 | 2 | 3 | 4 | 5 | 6 | 'quiet' | 'accent';

export interface Series {
  key: string;
  label: string;
  tone: Tone;
  /** Measured, one per time; `null` is a gap. Solid. */
  values: readonly (number | null)[];
  /** Configured or planned, one per time. Dotted. */
  planned?: readonly (number | null)[];
}

/** Something that happened: a shift, a release, a chaos switch. A dashed line with a word. */
export interface Mark {
  /** Epoch seconds. */
  at: number;
  label: string;
}

export interface ChartModel {
  title: string;
  unit: string;
  /** Multiplies before writing: 100 for fractions shown as percent. */
  scale?: number;
  digits?: number;
  /** Epoch seconds, ascending. */
  times: readonly number[];
  series: readonly Series[];
  marks?: readonly Mark[];
  /** Horizontal lines with a word: a limit, a target. */
  limits?: readonly { value: number; label: string }[];
  /** The axis always contains these. */
  include?: readonly number[];
}

/** The last known value of a series, or null. */
export function lastValue(values: readonly (number | null)[]): number | null {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
