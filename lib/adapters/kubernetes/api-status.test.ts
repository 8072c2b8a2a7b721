import { expect, it } from 'vitest';
import { conflictsOf, hasStatus, statusOf } from './api-status.ts';

const CONFLICT = {
  kind: 'Status',
  message: 'Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec.replicas',
  details: {
    causes: [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "kubectl-set" using apps/v1',
        field: '.spec.template.spec.containers[name="shop"].image',
      },
      { reason: 'Other', message: 'something else', field: '.spec' },
    ],
  },
  code: 409,
};

function refusal(code: number, body: unknown): Error {
  return Object.assign(new Error('refused'), { code, body });
}

it.each([
  ['an object', CONFLICT],
  ['text', JSON.stringify(CONFLICT)],
])('names field and manager of a conflict that comes as %s', (_, body) => {
  expect(conflictsOf(refusal(409, body))).toEqual([
    { field: '.spec.template.spec.containers[name="shop"].image', manager: 'kubectl-set' },
  ]);
});

it.each([
  ['a page', '<html>'],
  ['nothing', undefined],
  ['another form', { details: { causes: 'no' } }],
])('finds no conflict in %s', (_, body) => {
  expect(conflictsOf(refusal(409, body))).toEqual([]);
  expect(statusOf(refusal(409, body)).message).toBe('');
});

it('tells refusals by their HTTP code alone', () => {
  expect(hasStatus(refusal(409, ''), 409)).toBe(true);
  expect(hasStatus(refusal(404, ''), 409)).toBe(false);
  expect(hasStatus(new Error('lost'), 409)).toBe(false);
  expect(hasStatus('409', 409)).toBe(false);
});
