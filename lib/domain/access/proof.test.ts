import { describe, expect, it } from 'vitest';
import { type ForGood, mayDoForGood, mayUseToken, proofCountsUntil } from './proof.ts';

const NOW = new Date('2026-11-23T10:00:00.000Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const ACTS: ForGood[] = [
  { act: 'request', needed: 1, tokensMay: false },
  { act: 'request', needed: 0, tokensMay: false },
  { act: 'approve' },
  { act: 'declare' },
  { act: 'make-token' },
];

describe('a person', () => {
  it.each<[string, Date | null, string | null]>([
    ['who signed in just now', NOW, null],
    ['who did 15 min ago', ago(15), null],
    ['who did longer ago', ago(15.01), 'proof-too-old'],
    ['of whom nobody knows when', null, 'proof-too-old'],
  ])('%s', (_, provedAt, code) => {
    for (const forGood of ACTS) {
      const verdict = mayDoForGood({ provedAt, byToken: false }, forGood, NOW);
      expect(verdict.allowed ? null : verdict.code).toBe(code);
    }
  });

  it('is told until when a proof counts', () => {
    expect(proofCountsUntil(NOW)).toBe('2026-11-23T10:15:00.000Z');
    expect(proofCountsUntil(null)).toBeNull();
  });
});

it.each<[ForGood, string | null]>([
  [{ act: 'request', needed: 1, tokensMay: false }, null],
  [{ act: 'request', needed: 0, tokensMay: false }, 'token-proof'],
  [{ act: 'request', needed: 0, tokensMay: true }, null],
  [{ act: 'approve' }, 'token-proof'],
  [{ act: 'declare' }, null],
  [{ act: 'make-token' }, 'token-proof'],
])('a token, %j: %s', (forGood, code) => {
  const verdict = mayDoForGood({ provedAt: null, byToken: true }, forGood, NOW);
  expect(verdict.allowed ? null : verdict.code).toBe(code);
});

it.each([
  ['operation.emergency', null, 'token-unproved'],
  ['operation.approve', null, 'token-unproved'],
  ['operation.emergency', ago(10_000), null],
  ['operation.request', null, null],
  ['read', null, null],
] as const)('a token used for %s, proved %s: %s', (action, provedAt, code) => {
  const verdict = mayUseToken(action, provedAt);
  expect(verdict.allowed ? null : verdict.code).toBe(code);
});
