import { expect, it } from 'vitest';
import { ACTION_KINDS, type ActionKind } from './action-kinds.ts';
import type { FreezeException } from './exception.ts';
import type { Freeze } from './freeze.ts';
import { freezeMatrix } from './matrix.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');
const REGIONS = ['us-east-1', 'eu-west-1'];

const freeze = (changes: Partial<Freeze> = {}): Freeze => ({
  id: 'f1',
  name: null,
  environment: null,
  region: null,
  actionKind: null,
  kind: null,
  stopTheLine: false,
  reason: 'Peak season',
  by: 'Olga Operator',
  startsAt: '2026-11-23T09:00:00.000Z',
  endsAt: '2026-11-23T11:00:00.000Z',
  exceptions: [],
  ...changes,
});

const exception = (changes: Partial<FreezeException> = {}): FreezeException => ({
  id: 'e1',
  environment: 'production',
  region: null,
  actionKind: 'deploy',
  person: 'olga',
  grantedBy: { id: 'ada', name: 'Ada Approver' },
  reason: 'The fix',
  startsAt: '2026-11-23T09:30:00.000Z',
  endsAt: '2026-11-23T10:30:00.000Z',
  once: false,
  usedBy: [],
  ...changes,
});

function cell(freezes: Freeze[], region: string, actionKind: ActionKind) {
  const matrix = freezeMatrix(freezes, { environment: 'production', regions: REGIONS }, NOW);
  const found = matrix[REGIONS.indexOf(region)]?.[ACTION_KINDS.indexOf(actionKind)];
  if (!found) throw new Error('no such cell');
  return found;
}

it.each<[string, Freeze[], string, ActionKind, string]>([
  ['nothing is frozen', [], 'us-east-1', 'deploy', 'open'],
  ['everything is', [freeze()], 'us-east-1', 'deploy', 'frozen'],
  ['but rollbacks', [freeze()], 'us-east-1', 'rollback', 'open'],
  ['unless they are named', [freeze({ actionKind: 'rollback' })], 'us-east-1', 'rollback', 'frozen'],
  ['of one Region', [freeze({ region: 'eu-west-1' })], 'us-east-1', 'deploy', 'open'],
  ['of another environment', [freeze({ environment: 'staging' })], 'us-east-1', 'deploy', 'open'],
  ['of another kind', [freeze({ actionKind: 'shift' })], 'us-east-1', 'deploy', 'open'],
  ['one kind of operation', [freeze({ kind: 'evacuate' })], 'us-east-1', 'shift', 'partly'],
  ['one kind and all', [freeze({ kind: 'evacuate' }), freeze()], 'us-east-1', 'shift', 'frozen'],
  ['later', [freeze({ startsAt: '2026-11-23T10:00:01.000Z' })], 'us-east-1', 'deploy', 'open'],
  ['with a way through', [freeze({ exceptions: [exception()] })], 'us-east-1', 'deploy', 'excepted'],
  [
    'with a way through one of two',
    [freeze({ exceptions: [exception()] }), freeze()],
    'us-east-1',
    'deploy',
    'frozen',
  ],
  [
    'with a way through elsewhere',
    [freeze({ exceptions: [exception({ region: 'eu-west-1' })] })],
    'us-east-1',
    'deploy',
    'frozen',
  ],
])('a cell says what holds: %s', (_, freezes, region, actionKind, state) => {
  expect(cell(freezes, region, actionKind).state).toBe(state);
});

it('ends with the last that holds it, and names what comes next', () => {
  const next = freeze({ id: 'f3', startsAt: '2026-11-24T09:00:00.000Z', endsAt: null });
  const found = cell(
    [freeze(), freeze({ id: 'f2', endsAt: '2026-11-23T15:00:00.000Z' }), next],
    'us-east-1',
    'deploy',
  );
  expect(found.until).toBe('2026-11-23T15:00:00.000Z');
  expect(found.freezes.map(({ id }) => id)).toEqual(['f2', 'f1']);
  expect(found.next?.id).toBe('f3');
  expect(cell([freeze(), freeze({ endsAt: null })], 'us-east-1', 'deploy').until).toBeNull();
});
