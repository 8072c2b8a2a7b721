import type { Check as CheckModel, Reading, Status } from '#components/ui/model.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Observed } from '#lib/domain/observation/kinds.ts';
import type { Check } from '#lib/domain/operation/plan.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { routes } from '#lib/routes.ts';

/** A number of an observation, with the time it was true. */
export function readingOf<T>(
  observed: Observed<T>,
  pick: (value: T) => number | null,
  withinSeconds: number,
): Reading {
  return {
    value: observed.value === null ? null : pick(observed.value),
    at: observed.observedAt,
    withinSeconds,
  };
}

const CHECK_STATUS = {
  pass: 'ok',
  warn: 'warning',
  accept: 'warning',
  refuse: 'held',
  unknown: 'unknown',
} as const satisfies Record<Check['verdict'], Status>;

/** A preflight check as a list shows it; its links stay in the environment that they are followed from. */
export function checkModel(
  check: Check,
  { withinSeconds, here }: { withinSeconds: number; here: { environment?: string } },
): CheckModel {
  return {
    id: check.code,
    status: CHECK_STATUS[check.verdict],
    text: check.message,
    ...(check.observedAt === null ? {} : { at: check.observedAt, withinSeconds }),
    ...(check.freeze === undefined
      ? {}
      : { link: { href: routes.freezes({ ...here, freeze: check.freeze }), label: 'The freeze' } }),
  };
}

/** As above, in a sheet that asks: with what the requester may accept. */
export function acceptModel(
  check: Check,
  about: Parameters<typeof checkModel>[1],
): CheckModel & { accept?: string } {
  return { ...checkModel(check, about), ...(check.acceptance ? { accept: check.acceptance } : {}) };
}

/** At what its gates hold a shift, and at what they turn it round: as the estate has it. */
export function gateWords({ thresholds: { gate, rollback } }: Pick<Estate, 'thresholds'>): string {
  const percent = (share: number) => Number((share * 100).toFixed(3));
  return `Holds from ${percent(gate.errorRate)} % errors or ${gate.p95Ms} ms p95 on; reverts above ${percent(rollback.errorRate)} % or ${rollback.p95Ms} ms.`;
}

/** What became of a request, to whom asked. */
export function startWords({ id, state }: { id: string; state: string }): string {
  if (state === 'queued') return `${id} starts.`;
  return state === 'scheduled' ? `${id} starts at its time.` : `${id} waits for approval.`;
}

export const STATE_STATUS = {
  'awaiting-approval': 'waiting',
  scheduled: 'waiting',
  preempting: 'waiting',
  queued: 'waiting',
  running: 'running',
  paused: 'held',
  holding: 'held',
  aborting: 'running',
  reverting: 'running',
  done: 'ok',
  incomplete: 'warning',
  reverted: 'held',
  aborted: 'held',
  failed: 'critical',
  rejected: 'held',
  'changes-asked': 'held',
  expired: 'held',
  withdrawn: 'held',
  superseded: 'held',
} as const satisfies Record<OperationState, Status>;

export const STATE_WORDS: Record<OperationState, string> = {
  'awaiting-approval': 'awaiting approval',
  scheduled: 'scheduled',
  preempting: 'taking the environment',
  queued: 'queued',
  running: 'running',
  paused: 'paused',
  holding: 'held',
  aborting: 'aborting',
  reverting: 'reverting',
  done: 'done',
  incomplete: 'ended incomplete',
  reverted: 'reverted',
  aborted: 'aborted',
  failed: 'failed',
  rejected: 'rejected',
  'changes-asked': 'sent back for changes',
  expired: 'expired',
  withdrawn: 'withdrawn',
  superseded: 'superseded',
};

const WORST_FIRST: readonly Status[] = ['critical', 'warning', 'unknown', 'held', 'running', 'waiting', 'ok'];

export function worstStatus(statuses: readonly Status[]): Status {
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? 'ok';
}

/** "2 Regions", "1 Region". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** "a, b and c". */
export function listOf(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "3:12", "1:04:05". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3_600);
  const minutes = Math.floor((whole % 3_600) / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** What a link carries, so that it stays in an environment that is not the estate's first. */
export function within(estate: Estate, environment: string): { environment?: string } {
  return environment === estate.environments[0]?.name ? {} : { environment };
}

/** Keys in the estate's order: a database keeps JSON's keys in an order of its own. */
export function inOrder(values: Readonly<Record<string, unknown>>, order: readonly string[]): string[] {
  const known = order.filter((key) => key in values);
  return [...known, ...Object.keys(values).filter((key) => !known.includes(key))];
}
