import type { Counts } from './counts.ts';
import type { StageResult } from './stages.ts';

export interface Verdict {
  counts: Counts;
  /** What a person reads of the stage. */
  lines: string[];
  /** What failed in it, a line each, to be read at the end of everything. */
  failures: string[];
}

export interface Asked {
  seconds: number;
  /** A kind that cannot run here counts as failed: what nobody has seen run proves nothing. */
  everyKind: boolean;
}

/** What a stage counts for, and what is said of it: the names of tests that needed a second try, and all output of a failure. */
export function judge(name: string, result: StageResult, { seconds, everyKind }: Asked): Verdict {
  const line = (text: string) => `${name.padEnd(10)} ${text}`;
  const { counts } = result;
  if (result.skipped && everyKind) {
    const reason = `failed: ${result.skipped}, and every kind of test has to run here`;
    return {
      counts: { ...counts, failed: counts.failed + 1 },
      lines: [line(reason)],
      failures: [line(reason)],
    };
  }
  if (result.skipped) {
    return {
      counts: { ...counts, skipped: counts.skipped + 1 },
      lines: [line(`skipped: ${result.skipped}`)],
      failures: [],
    };
  }
  const judged = neverEmpty(counts);
  const { passed, failed, skipped } = judged;
  const lines = [line(`${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds.toFixed(1)} s`)];
  for (const test of result.retried ?? []) lines.push(`${' '.repeat(11)}at a second try: ${test}`);
  if (failed > 0)
    lines.push(`\n${result.output.trim() || 'No test ran: a stage without tests proves nothing.'}\n`);
  const named = (result.failures ?? []).map((test) => line(`failed: ${test}`));
  const failures = named.length > 0 ? named : [line('failed')];
  return { counts: judged, lines, failures: failed > 0 ? failures : [] };
}

function neverEmpty(counts: Counts): Counts {
  return counts.passed + counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
