import { describe, expect, it } from 'vitest';
import {
  ACTIVE_STATES,
  type Control,
  type HeldRun,
  isActive,
  isEnded,
  mayClose,
  mayControl,
  mayLeave,
  mayOmit,
  mayUndo,
  OPERATION_MOVES,
  OPERATION_STATES,
  type OperationState,
  pastReturnOf,
} from './state.ts';

describe('the moves of an operation', () => {
  it('reach every state from the first, and leave none that is over', () => {
    const reached = new Set<OperationState>(['awaiting-approval', 'preempting']);
    for (const state of reached) for (const next of OPERATION_MOVES[state]) reached.add(next);
    expect([...reached].sort()).toEqual([...OPERATION_STATES].sort());
    expect(OPERATION_STATES.filter(isEnded)).toEqual([
      'done',
      'incomplete',
      'reverted',
      'aborted',
      'failed',
      'rejected',
      'changes-asked',
      'expired',
      'withdrawn',
      'superseded',
    ]);
  });

  it('let every state that holds the environment come to an end', () => {
    for (const state of ACTIVE_STATES) {
      const reached = new Set<OperationState>([state]);
      for (const from of reached) for (const next of OPERATION_MOVES[from]) reached.add(next);
      expect([...reached].some(isEnded)).toBe(true);
    }
  });

  it('hold the environment only between start and end', () => {
    for (const state of OPERATION_STATES) {
      const waits = state === 'awaiting-approval' || state === 'scheduled' || state === 'preempting';
      expect(isActive(state)).toBe(!isEnded(state) && !waits);
    }
  });

  it('never go from putting back to carrying on', () => {
    for (const state of ['aborting', 'reverting'] as const) {
      expect(
        (OPERATION_MOVES[state] as readonly string[]).some((next) => next === 'running' || next === 'done'),
      ).toBe(false);
    }
  });
});

describe('what people may ask of a run', () => {
  it.each<[OperationState, string, Control, string | null]>([
    ['running', 'run', 'pause', null],
    ['running', 'run', 'abort', null],
    ['running', 'run', 'revert', null],
    ['running', 'run', 'resume', 'not-paused'],
    ['running', 'pause', 'pause', 'paused'],
    ['running', 'pause', 'resume', null],
    ['running', 'abort', 'pause', 'stop-asked'],
    ['running', 'abort', 'resume', 'stop-asked'],
    ['running', 'revert', 'abort', 'stop-asked'],
    ['queued', 'run', 'abort', null],
    ['paused', 'pause', 'resume', null],
    ['paused', 'pause', 'pause', 'paused'],
    ['paused', 'pause', 'abort', null],
    ['holding', 'run', 'pause', null],
    ['holding', 'run', 'abort', null],
    ['holding', 'run', 'resume', null],
    ['aborting', 'abort', 'pause', 'stopping'],
    ['reverting', 'run', 'abort', 'stopping'],
    ['awaiting-approval', 'run', 'abort', 'not-started'],
    ['done', 'run', 'revert', 'ended'],
    ['failed', 'run', 'pause', 'ended'],
    ['preempting', 'run', 'abort', null],
    ['preempting', 'run', 'pause', 'not-started'],
    ['preempting', 'run', 'revert', 'not-started'],
    ['preempting', 'abort', 'abort', 'stop-asked'],
    ['running', 'yield', 'abort', 'yields'],
    ['holding', 'yield', 'resume', 'yields'],
  ])('%s, wished to %s: %s → %s', (state, desired, control, code) => {
    const verdict = mayControl(state, desired, control);
    expect(verdict.allowed ? null : verdict.code).toBe(code);
    if (!verdict.allowed) expect(verdict.reason).toMatch(/\.$/);
  });

  it.each<[Control, boolean]>([
    ['abort', false],
    ['revert', false],
    ['pause', true],
  ])('behind the point of no return: %s is %s', (control, allowed) => {
    const verdict = mayControl('running', 'run', control, 'Promote eu-west-1');
    expect(verdict.allowed).toBe(allowed);
    if (!verdict.allowed) expect(verdict).toMatchObject({ code: 'past-return' });
  });

  it.each<[{ irreversible: boolean; attempt: number; state: string; output?: unknown }, string | null]>([
    [{ irreversible: true, attempt: 0, state: 'waiting' }, null],
    [{ irreversible: true, attempt: 1, state: 'running' }, 'Promote'],
    [{ irreversible: true, attempt: 1, state: 'unknown' }, 'Promote'],
    [{ irreversible: true, attempt: 2, state: 'done' }, 'Promote'],
    [{ irreversible: true, attempt: 1, state: 'failed' }, null],
    [{ irreversible: true, attempt: 1, state: 'holding', output: { beforeReturn: true } }, null],
    [{ irreversible: true, attempt: 2, state: 'running', output: { beforeReturn: true } }, 'Promote'],
    [{ irreversible: true, attempt: 1, state: 'unknown', output: { beforeReturn: true } }, 'Promote'],
    [{ irreversible: true, attempt: 2, state: 'holding', output: { boundHeldAt: 'then' } }, 'Promote'],
    [{ irreversible: false, attempt: 1, state: 'done' }, null],
  ])('a step %j is past it: %s', (step, title) => {
    expect(pastReturnOf([{ title: 'Promote', output: null, ...step }])).toBe(title);
  });

  it('is answered for every state and control', () => {
    for (const state of OPERATION_STATES) {
      for (const control of ['pause', 'resume', 'abort', 'revert'] as const) {
        const { allowed } = mayControl(state, 'run', control);
        if (isEnded(state) || state === 'awaiting-approval') expect(allowed).toBe(false);
      }
    }
  });
});

describe('leaving what cannot be put back', () => {
  it.each<[OperationState, string, boolean, string | null]>([
    ['aborting', 'abort', true, null],
    ['reverting', 'revert', true, null],
    ['reverting', 'run', true, null],
    ['aborting', 'abort', false, 'not-failed'],
    ['aborting', 'leave', true, 'leave-asked'],
    ['running', 'run', true, 'not-stopping'],
    ['holding', 'abort', true, 'not-stopping'],
    ['queued', 'run', false, 'not-stopping'],
    ['awaiting-approval', 'run', false, 'not-stopping'],
    ['reverted', 'revert', true, 'ended'],
    ['failed', 'leave', true, 'ended'],
  ])('%s, wished to %s, failed before: %s → %s', (state, desired, hasFailed, code) => {
    const verdict = mayLeave({ state, desired, hasFailed });
    expect(verdict.allowed ? null : verdict.code).toBe(code);
    if (!verdict.allowed) expect(verdict.reason).toMatch(/\.$/);
  });

  it('leads to an end that the moves allow', () => {
    for (const state of ['aborting', 'reverting'] as const)
      expect(OPERATION_MOVES[state]).toContain('failed');
  });
});

describe('leaving something undone behind the point of no return', () => {
  const held: HeldRun = {
    state: 'holding',
    desired: 'run',
    pastReturn: 'Promote',
    held: ['A test order'],
  };
  const step = { title: 'A test order', state: 'holding', omissible: true, decided: false, tried: false };

  it.each<[string, Partial<HeldRun>, string | null]>([
    ['a run that holds', {}, null],
    ['one that is paused while a step holds', { state: 'paused' }, null],
    ['one before the point: abort it', { pastReturn: null }, 'before-return'],
    ['one that a freeze holds', { held: [] }, 'not-held'],
    ['one that has ended', { state: 'failed' }, 'ended'],
    ['one that is stopping', { state: 'aborting', held: ['Undo'] }, 'stopping'],
    ['one that was decided about', { desired: 'close' }, 'close-asked'],
    ['one that stops although its end was decided', { state: 'reverting', desired: 'close' }, 'stopping'],
    ['one whose environment is taken', { desired: 'yield' }, 'yields'],
  ])('%s', (_, changes, code) => {
    const closing = mayClose({ ...held, ...changes });
    expect(closing.allowed ? null : closing.code).toBe(code);
    const omitting = mayOmit({ ...held, ...changes }, step);
    expect(omitting.allowed ? null : omitting.code).toBe(code);
  });

  it.each<[string, Partial<typeof step>, string]>([
    ['a step that does not hold', { state: 'waiting' }, 'step-not-held'],
    ['a step that the orders rest on', { omissible: false }, 'step-needed'],
    ['one that was decided about', { decided: true }, 'omit-asked'],
    ['one that is being tried again', { tried: true }, 'being-tried'],
  ])('never goes on without %s', (_, changes, code) => {
    const verdict = mayOmit(held, { ...step, ...changes });
    expect(verdict.allowed ? null : verdict.code).toBe(code);
  });

  it('is not steered any more once its end was decided', () => {
    for (const control of ['pause', 'resume', 'abort', 'revert'] as const)
      expect(mayControl('holding', 'close', control, 'Promote')).toMatchObject({ code: 'close-asked' });
  });

  it('leads to an end that the moves allow', () => {
    for (const state of ['running', 'paused', 'holding'] as const)
      expect(OPERATION_MOVES[state]).toContain('incomplete');
  });
});

describe('putting a finished operation back', () => {
  it.each<[string, { id: string; state: string }[], string | null]>([
    ['done', [], null],
    ['done', [{ id: 'OP-2', state: 'failed' }], null],
    ['done', [{ id: 'OP-2', state: 'rejected' }], null],
    ['done', [{ id: 'OP-2', state: 'done' }], 'reverted'],
    ['done', [{ id: 'OP-2', state: 'running' }], 'reverted'],
    ['done', [{ id: 'OP-2', state: 'awaiting-approval' }], 'reverted'],
    ['superseded', [], null],
    ['superseded', [{ id: 'OP-2', state: 'queued' }], 'reverted'],
    ['failed', [], 'not-done'],
    ['aborted', [], 'not-done'],
    ['running', [], 'not-done'],
  ])('%s with %j: %s', (state, revertedBy, code) => {
    const verdict = mayUndo({ state, revertedBy });
    expect(verdict.allowed ? null : verdict.code).toBe(code);
  });
});
