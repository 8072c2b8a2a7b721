import { describe, expect, it } from 'vitest';
import { RevertRequest, ShiftRequest } from './request.ts';

const ramp = { kind: 'immediate' };

/** Field and message of every problem. */
function problemsOf(request: unknown): string[] {
  const parsed = ShiftRequest.safeParse(request);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a request', () => {
  it.each([
    { mode: 'geography', geography: 'na', weights: { 'us-east-1': 80, 'eu-west-1': 20 }, ramp },
    { mode: 'geography', geography: 'na', weights: { a: 33.3, b: 33.3, c: 33.4 }, ramp },
    { mode: 'split', target: { 'us-east-1': 33.35, 'eu-west-1': 33.35, 'ap-southeast-1': 33.35 }, ramp },
    { mode: 'drain', region: 'us-east-1', ramp },
    { mode: 'drain', region: 'us-east-1', points: 0.5, ramp },
    { mode: 'restore', weights: { na: { 'us-east-1': 100 } }, ramp },
  ])('%j is one', (request) => {
    expect(problemsOf(request)).toEqual([]);
  });

  it.each<[unknown, string]>([
    [
      { mode: 'geography', geography: 'na', weights: { a: 50, b: 49 }, ramp },
      'weights: does not sum to 100 %',
    ],
    [{ mode: 'geography', geography: 'na', weights: { a: 120, b: -20 }, ramp }, 'weights.a: is over 100'],
    [{ mode: 'geography', geography: 'na', weights: { a: -1, b: 101 }, ramp }, 'weights.a: is under 0'],
    [{ mode: 'geography', geography: 'na', weights: {}, ramp }, 'weights: names no Region, or too many'],
    [
      { mode: 'geography', geography: 'na', weights: { a: '100' }, ramp },
      'weights.a: Invalid input: expected number',
    ],
    [
      { mode: 'geography', geography: 'na', weights: { a: Number.NaN }, ramp },
      'weights.a: Invalid input: expected number',
    ],
    [
      { mode: 'geography', geography: 'na', weights: { a: Number.POSITIVE_INFINITY }, ramp },
      'weights.a: Invalid input',
    ],
    [{ mode: 'geography', geography: '', weights: { a: 100 }, ramp }, 'geography: Too small'],
    [{ mode: 'geography', geography: 'n'.repeat(21), weights: { a: 100 }, ramp }, 'geography: Too big'],
    [{ mode: 'split', target: { a: 100 }, geography: 'na', ramp }, ': Unrecognized key: "geography"'],
    [{ mode: 'split', target: { a: 100 } }, 'ramp: '],
    [{ mode: 'drain', region: 'us-east-1', points: 0, ramp }, 'points: Too small'],
    [{ mode: 'drain', region: 'us-east-1', points: 101, ramp }, 'points: Too big'],
    [{ mode: 'drain', ramp }, 'region: Invalid input: expected string, received undefined'],
    [{ mode: 'teleport', ramp }, 'mode: Invalid'],
    [null, ': Invalid input'],
    [[], ': Invalid input'],
    ['drain', ': Invalid input'],
  ])('%j is none', (request, problem) => {
    expect(problemsOf(request).join('\n')).toContain(problem);
  });

  it('with a hundred Regions and one more is none', () => {
    const weights = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`r-${i}`, i === 0 ? 100 : 0]));
    expect(problemsOf({ mode: 'geography', geography: 'na', weights, ramp })).toEqual([
      'weights: names no Region, or too many',
    ]);
  });
});

describe('what puts a finished shift back', () => {
  const restore = { mode: 'restore', weights: { na: { 'us-east-1': 100 } }, ramp };
  const raised = { region: 'eu-west-1', minimumBefore: 5, minimumSet: 20, nodes: 8 };

  it.each([restore, { ...restore, release: [] }, { ...restore, release: [raised] }])(
    '%j is it',
    (request) => {
      expect(RevertRequest.parse(request)).toEqual(request);
    },
  );

  it.each([
    { ...restore, release: [{ ...raised, minimumBefore: -1 }] },
    { ...restore, release: [{ ...raised, minimumSet: 2.5 }] },
    { ...restore, release: [{ region: 'eu-west-1' }] },
    { mode: 'drain', region: 'us-east-1', ramp, release: [raised] },
  ])('%j is not', (request) => {
    expect(RevertRequest.safeParse(request).success).toBe(false);
  });

  it('is nothing that anybody may ask of a shift', () => {
    expect(problemsOf({ ...restore, release: [raised] })).toEqual([': Unrecognized key: "release"']);
  });
});
