import type { ClientSeenModel } from './recovery-model.ts';

type Spans = ClientSeenModel['geographies'][number]['reads'];

/** Seconds of the spans that lie before `now`; a span that lasts counts up to it. */
export function downSeconds(spans: Spans, now: number): number {
  return spans.reduce((sum, [from, until]) => sum + Math.max(0, Math.min(until ?? now, now) - from), 0);
}

/** A line over samples, broken where one is missing. */
export function linePath(
  seconds: readonly number[],
  values: readonly (number | null)[],
  x: (seconds: number) => number,
  y: (value: number) => number,
): string {
  let pen = 'M';
  let path = '';
  seconds.forEach((at, index) => {
    const value = values[index];
    if (value === null || value === undefined) {
      pen = 'M';
      return;
    }
    path += `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = 'L';
  });
  return path;
}

const STEPS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Round times from 0:00 on, at most six. */
export function timeTicks(toSeconds: number): number[] {
  const step = STEPS.find((candidate) => toSeconds / candidate <= 5) ?? 7200;
  const ticks: number[] = [];
  for (let at = 0; at <= toSeconds; at += step) ticks.push(at);
  return ticks;
}

/** The longest time in which anything was down, for the ground behind the lines. */
export function troubled(model: ClientSeenModel, now: number): readonly [from: number, until: number] | null {
  const spans = model.geographies.flatMap(({ reads, orders }) => [...reads, ...orders]);
  if (spans.length === 0) return null;
  const from = Math.min(...spans.map(([start]) => start));
  const until = Math.max(...spans.map(([, end]) => end ?? now));
  return [from, until];
}

/** Width of a letter in the chart's small type, user units. */
const LETTER = 5.6;
const GAP = 6;
const MOST_LINES = 4;

interface PlacedMark {
  label: string;
  x: number;
  /** Its word stands left of the mark, where it would run out of the picture at the right. */
  before: boolean;
  /** 0 is the highest; null where no line has room: the mark stands without its word. */
  line: number | null;
}

/** Where the word of each mark stands: on the highest line on which it covers no other. */
export function placeMarks(marks: readonly { label: string; x: number }[], right: number): PlacedMark[] {
  const taken: { line: number; from: number; until: number }[] = [];
  return marks.map(({ label, x }) => {
    const width = label.length * LETTER + GAP;
    const before = x + width > right;
    const [from, until] = before ? [x - width, x] : [x, x + width];
    const isFree = (line: number) =>
      taken.every((other) => other.line !== line || other.until <= from || other.from >= until);
    const lines = Array.from({ length: MOST_LINES }, (_, line) => line);
    const line = lines.find(isFree) ?? null;
    if (line !== null) taken.push({ line, from, until });
    return { label, x, before, line };
  });
}
