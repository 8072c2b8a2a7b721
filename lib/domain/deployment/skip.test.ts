import { expect, it } from 'vitest';
import type { OperationState } from '../operation/state.ts';
import { mayPromote, maySkipSoak } from './skip.ts';

const SOAKING = { title: 'Soak', action: 'deploy.soak', state: 'running', decided: false };

it.each<
  [
    string,
    { state?: OperationState; desired?: string; by?: string | null },
    Partial<typeof SOAKING>,
    string | null,
  ]
>([
  ['a soak that runs', {}, {}, null],
  ['one that holds', { state: 'holding' }, { state: 'holding' }, null],
  ['one that is paused', { state: 'paused' }, {}, null],
  ['one’s own request', { by: 'requester' }, {}, 'own-request'],
  ['a run that has ended', { state: 'done' }, {}, 'ended'],
  ['a run that goes back', { state: 'reverting' }, {}, 'stopping'],
  ['a run that was asked to stop', { desired: 'abort' }, {}, 'stopping'],
  ['a request', { state: 'scheduled' }, {}, 'not-started'],
  ['another step', {}, { action: 'deploy.apply' }, 'no-soak'],
  ['a soak that is over', {}, { state: 'done' }, 'not-soaking'],
  ['what was decided', {}, { decided: true }, 'skip-asked'],
])('skipping %s', (_, { state = 'running', desired = 'run', by = 'somebody' }, step, code) => {
  const verdict = maySkipSoak({ state, desired, requestedBy: 'requester' }, { ...SOAKING, ...step }, by);
  expect(verdict.allowed ? null : verdict.code).toBe(code);
});

it.each<[string, { state?: OperationState; waits?: string[]; decided?: boolean }, string | null]>([
  ['while a wait is to come', { waits: ['done', 'waiting'] }, null],
  ['while one waits', { waits: ['running'] }, null],
  ['without a wait', { waits: [] }, 'nothing-waits'],
  ['behind the last wait', { waits: ['done', 'skipped'] }, 'nothing-waits'],
  ['twice', { decided: true }, 'promote-asked'],
  ['what has ended', { state: 'reverted' }, 'ended'],
  ['what waits for approval', { state: 'awaiting-approval' }, 'not-started'],
])('promoting %s', (_, { state = 'running', waits = ['waiting'], decided = false }, code) => {
  const verdict = mayPromote({ state, desired: 'run', waits: waits.map((one) => ({ state: one })), decided });
  expect(verdict.allowed ? null : verdict.code).toBe(code);
});
