/** One call of a step, as the API lists it. */
export interface TimedCall {
  at: string;
  durationMs: number;
  service: string;
  action: string;
  region: string;
}

export interface TimedStep {
  calls: readonly TimedCall[];
}

export interface Span {
  fromMs: number;
  toMs: number;
}

/**
 * Milliseconds of a span in which a run waited for nobody: no call of any of its steps was under way, and no step was between
 * two looks at the same thing, which is how it waits until AWS has done what it accepted. What is left is the run's own: its
 * records, its gates, its reckoning, and pauses of its own making.
 */
export function ownTimeMs(span: Span, steps: readonly TimedStep[]): number {
  const waits = steps.flatMap(waitsOf).map((wait) => ({
    fromMs: Math.max(span.fromMs, wait.fromMs),
    toMs: Math.min(span.toMs, wait.toMs),
  }));
  return span.toMs - span.fromMs - covered(waits);
}

function waitsOf({ calls }: TimedStep): Span[] {
  const inOrder = calls
    .map((call) => ({ ...call, fromMs: Date.parse(call.at), toMs: Date.parse(call.at) + call.durationMs }))
    .sort((a, b) => a.fromMs - b.fromMs);
  return inOrder.flatMap((call, i) => {
    const before = inOrder[i - 1];
    const again = before && nameOf(before) === nameOf(call);
    return again ? [call, { fromMs: before.toMs, toMs: call.fromMs }] : [call];
  });
}

function nameOf({ service, action, region }: TimedCall): string {
  return `${service} ${action} ${region}`;
}

/** How much of time these spans cover together, ms. */
function covered(spans: readonly Span[]): number {
  let sum = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const beginMs = Math.max(fromMs, untilMs);
    if (toMs <= beginMs) continue;
    sum += toMs - beginMs;
    untilMs = toMs;
  }
  return sum;
}
