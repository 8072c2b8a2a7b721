import { describe, expect, it } from 'vitest';
import { judgeRegistration, mayClear, mayMarkBad, shortDigest, versionProblem } from './release.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;

describe('a version', () => {
  it.each<[string, RegExp | null]>([
    ['v2.1.0', null],
    ['v0.0.1', null],
    ['v2.1.0-rc.1', null],
    ['v10.20.30-hotfix-7', null],
    ['latest', /tag that moves from image to image/],
    ['Latest', /tag that moves/],
    ['main', /tag that moves/],
    ['production', /tag that moves/],
    ['v2', /moves with every release of that line/],
    ['2.1', /moves with every release/],
    ['2.1.0', /lacks its v/],
    ['v2.1.0+build', /is not a version/],
    ['v2.1.0-', /is not a version/],
    ['v2.1.0\n', /is not a version/],
    ['', /is not a version/],
  ])('%j', (version, problem) => {
    if (problem === null) expect(versionProblem(version)).toBeNull();
    else expect(versionProblem(version)).toMatch(problem);
  });
});

describe('registering', () => {
  const wanted = { version: 'v2.1.0', digest: A, schema: 'expand' as const };

  it.each<[string, Parameters<typeof judgeRegistration>, string, RegExp | null]>([
    ['what is new', [wanted, null, null], 'new', null],
    ['the same again', [wanted, { digest: A, schema: 'expand' }, null], 'again', null],
    [
      'the same again, although it was found to be bad',
      [wanted, { digest: A, schema: 'expand' }, { version: 'v2.1.0', reason: 'errors' }],
      'again',
      null,
    ],
    [
      'another image under a version',
      [wanted, { digest: B, schema: 'expand' }, null],
      'conflict',
      /it is sha256:bbbbbbbbbbbb already, and this is sha256:aaaaaaaaaaaa/,
    ],
    [
      'another statement on the schema',
      [wanted, { digest: A, schema: 'none' }, null],
      'conflict',
      /its schema change is "none" on record, and "expand" now/,
    ],
    [
      'a bad image under another version',
      [wanted, null, { version: 'v2.0.9', reason: '4 % of orders failed' }],
      'refused',
      /its image is that of v2\.0\.9, which was found to be bad: 4 % of orders failed/,
    ],
  ])('%s', (_, args, kind, reason) => {
    const judged = judgeRegistration(...args);
    expect(judged.kind).toBe(kind);
    if (reason) expect('reason' in judged && judged.reason).toMatch(reason);
  });
});

describe('a verdict', () => {
  const good = { version: 'v2.1.0', registeredBy: 'me', bad: null };
  const bad = {
    ...good,
    bad: { at: '2026-11-26T09:00:00.000Z', by: null, reason: 'errors', operation: null },
  };

  it.each([
    ['marks what is good', mayMarkBad(good), null],
    ['marks nothing twice', mayMarkBad(bad), 'bad-already'],
    ['is lifted by somebody else', mayClear(bad, 'other'), null],
    ['is not lifted by who registered it', mayClear(bad, 'me'), 'own-release'],
    ['is not lifted by nobody', mayClear(bad, null), 'own-release'],
    ['is lifted only where there is one', mayClear(good, 'other'), 'not-bad'],
  ])('%s', (_, rule, code) => {
    expect(rule.allowed ? null : rule.code).toBe(code);
    if (!rule.allowed) expect(rule.reason).toContain('v2.1.0');
  });
});

it('a digest is shown with twelve digits', () => {
  expect(shortDigest(A)).toBe('sha256:aaaaaaaaaaaa');
});
