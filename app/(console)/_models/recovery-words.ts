import type { OperationModel } from '#components/operations/model.ts';
import { formatClock, plural } from '#components/ui/format.ts';
import type { Sentence, Status } from '#components/ui/model.ts';
import { isEnded, type OperationState, pastReturnOf } from '#lib/domain/operation/state.ts';
import type { Clock } from '#lib/domain/recovery/clocks.ts';
import { sentence } from '#lib/domain/recovery/words.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import { readStoredOperation } from '#lib/services/operations/stored.ts';
import { withTitles } from './operation-steps.ts';
import { askedRegions, type RecoveryPage } from './recovery-run.ts';

/** What is not restored yet, in the order in which people miss it. */
const STILL_OUT = {
  writes: 'Orders are not taken yet',
  reads: 'Orders are taken; reads are not verified yet',
  redundancy: 'Orders and reads are back; nothing replicates yet',
} as const satisfies Record<Clock['clock'], string>;

export interface RecoveryAnswer {
  answer: Sentence;
  status?: Status;
  /** What stands under it; absent where that is what the run is for. */
  detail?: string;
}

/** The first sentence of a run's page: what users miss, then what runs; under it, of one that holds, why and the ways on. */
export function recoveryAnswer(
  { operation }: OperationDetail,
  page: RecoveryPage,
  stateWords: Record<OperationState, string>,
): RecoveryAnswer | null {
  const state = operation.state as OperationState;
  if (operation.startedAt === null) return null;
  if (state === 'done') return doneAnswer(operation, page);
  if (isEnded(state)) return null;
  const doing = doingWords(operation, stateWords[state]);
  const held = state === 'holding' ? { detail: heldWords(operation) } : {};
  const out = page.clocks.find(({ state: counts }) => counts === 'running');
  if (!page.outage || !out || page.zeroAt === null) return { answer: doing, ...held };
  return {
    ...held,
    answer: [`${STILL_OUT[out.clock]}, `, { since: page.zeroAt }, `. ${doing}`],
    ...(state === 'running'
      ? { status: out.clock === 'redundancy' ? ('warning' as const) : ('critical' as const) }
      : {}),
  };
}

function doingWords(operation: OperationDetail['operation'], stateWord: string): string {
  const current = operation.steps.filter(({ state }) => state === 'running' || state === 'holding');
  const [first, ...others] = current;
  if (!first) return `${operation.id} is ${stateWord}.`;
  const more = others.length > 0 ? `, with ${plural(others.length, 'other')} at once` : '';
  const end = more === '' && /[.?!]$/.test(first.title) ? '' : '.';
  return `${operation.id} is ${stateWord}, step ${first.position + 1} of ${operation.steps.length}: ${first.title}${more}${end}`;
}

/** Why it holds, then what a person may do about it, by the names of the controls. */
function heldWords({ outcome, plan, steps }: OperationDetail['operation']): string {
  const why = sentence(withTitles(outcome ?? 'It holds', steps));
  const held = steps.flatMap(({ key, state }) => (state === 'holding' ? [key] : []));
  if (held.length === 0) return why;
  const tried = 'It is tried again by itself.';
  if (pastReturnOf(steps) === null) return `${why} ${tried} Abort puts back what was done.`;
  const planned = readStoredOperation(plan)?.steps ?? [];
  const mayGoOn = planned.some(({ key, omissible }) => omissible === true && held.includes(key));
  const ways = mayGoOn
    ? 'go on without it, or end the run incomplete'
    : 'end the run incomplete. It cannot go on without this step: what follows rests on it';
  return `${why} ${tried} If it will not pass, ${ways}.`;
}

function doneAnswer(
  operation: OperationDetail['operation'],
  { clocks, records, run, asked }: RecoveryPage,
): { answer: string; status?: Status } {
  const writes = clocks.find(({ clock }) => clock === 'writes');
  const orders = run.orders?.ok ? run.orders.value : null;
  const lost = orders ? `; ${orders.statement.split(';')[0]}` : '';
  const after = writes?.state === 'stopped' ? `orders after ${formatClock(writes.seconds ?? 0)}` : '';
  const status: { status?: Status } = orders?.status === 'critical' ? { status: 'warning' } : {};
  if (operation.kind === 'failover')
    return { answer: `${asked.target} took over from ${asked.lost}: ${after}${lost}.`, ...status };
  if (operation.kind === 'switchover' || operation.kind === 'failback')
    return {
      answer: `${asked.target} is the writer: ${after || 'no order had to wait'}${lost}.`,
      ...status,
    };
  const debts = records.review && !run.debt?.paid ? ' It owes a review.' : '';
  return { answer: `${operation.id} is done: ${operation.title}.${debts}` };
}

/** What stopping now would leave, or what the ended run left to be done. */
export function recoveryLeaves(
  { operation, may, putsBack: notPutBack }: OperationDetail,
  putsBack: readonly string[],
): string {
  const state = operation.state as OperationState;
  if (isEnded(state)) {
    if (notPutBack.length > 0)
      return `It stopped half-way and put nothing more back. “Put it back” does, by an operation of its own: ${notPutBack.map(lower).join('; ')}.`;
    const left = [...leftToDo(operation), ...standingOut(operation)];
    return left.length === 0
      ? 'It has ended, and leaves nothing to be done.'
      : `It has ended. Left to be done: ${left.join(' ')}`;
  }
  const past = pastReturnOf(operation.steps);
  if (past !== null)
    return `“${past}” has begun and cannot be undone: nothing is put back any more. What fails holds for a person, and is tried again.`;
  if (!may.abort.allowed && state === 'awaiting-approval')
    return 'It has not begun, and has changed nothing.';
  return putsBack.length === 0
    ? 'Abort stops after what is in flight. It has nothing to put back: what its steps have done stays.'
    : `Abort stops after what is in flight, then: ${putsBack.map(lower).join('; ')}. Each only where the run had changed it.`;
}

/** Readers that were sent away stay away until somebody lets them back. */
function standingOut({ kind, params, state }: OperationDetail['operation']): string[] {
  const { region } = askedRegions(params);
  return kind === 'evacuate' && state === 'done' && region !== null
    ? [`${region} stays out of DNS, healthy or not, until its readers are let back.`]
    : [];
}

/** What the run's own last step says is left. */
function leftToDo({ steps }: OperationDetail['operation']): string[] {
  const output = steps.find(({ action }) => action === 'recovery.summary')?.output;
  const debts = typeof output === 'object' && output !== null && 'debts' in output ? output.debts : [];
  return Array.isArray(debts)
    ? debts.flatMap((debt) => (typeof debt === 'string' ? withTitles(debt, steps) : []))
    : [];
}

/** With a small letter, unless it begins with the name of a Region. */
function lower(title: string): string {
  return /^[a-z]{2}-[a-z]+-\d/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
}

/** What the plan changes, in its own words, as facts beside the run. */
export function changeFacts(plan: unknown): OperationModel['facts'] {
  return (readStoredOperation(plan)?.changes ?? []).map(({ label, before, after }) => ({
    term: label,
    description: `${before} → ${after}`,
  }));
}
