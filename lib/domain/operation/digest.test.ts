import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DigestSubject, digestDifferences, planDigest } from './digest.ts';

const subject: DigestSubject = {
  kind: 'traffic-shift',
  environment: 'production',
  params: { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } },
  steps: {
    steps: [
      { key: 'weights-1', title: 'Move 10 points', input: { weights: { na: { 'us-east-1': 160 } } } },
      { key: 'verify-1', title: 'Verify the split', input: { points: 5 } },
    ],
    compensation: [{ key: 'back', title: 'Put it back', input: {} }],
  },
  resources: {
    'AWS account': '111122223333',
    'hosted zone': 'Z0A',
    'node group of eu-west-1': 'shop-eu/web',
  },
  recordsHash: 'a'.repeat(64),
  versions: { 'us-east-1': '1.4.0', 'eu-west-1': '1.4.0' },
  freezes: [],
  classes: { 'capacity of eu-west-1': 'pre-scale', 'database lag of eu-west-1': 'ok' },
};

describe('what an approval is bound to', () => {
  it('is the same for an identical plan, however it was put together', () => {
    const { classes, freezes, versions, recordsHash, resources, steps, params, environment, kind } =
      structuredClone(subject);
    const again = { classes, freezes, versions, recordsHash, resources, steps, params, environment, kind };
    expect(planDigest(again)).toBe(planDigest(subject));
    expect(planDigest(subject)).toMatch(/^[0-9a-f]{64}$/);
    expect(digestDifferences(subject, again)).toEqual([]);
  });

  it.each<[string, Partial<DigestSubject>, string[]]>([
    ['kind', { kind: 'traffic-revert' }, ['the kind of operation']],
    ['environment', { environment: 'staging' }, ['the environment']],
    ['params', { params: { mode: 'drain', region: 'us-east-1', points: 11 } }, ['what was asked for']],
    [
      'steps dropped',
      { steps: { steps: [], compensation: [] } },
      [
        'the step “Move 10 points” (no longer needed)',
        'the step “Verify the split” (no longer needed)',
        '1 more step',
      ],
    ],
    [
      'a step added and another changed',
      {
        steps: {
          steps: [
            { key: 'nodes', title: 'Nodes in eu-west-1', input: {} },
            { key: 'weights-1', title: 'Move 10 points', input: { weights: { na: { 'us-east-1': 150 } } } },
            { key: 'verify-1', title: 'Verify the split', input: { points: 5 } },
          ],
          compensation: [{ key: 'back', title: 'Put it back', input: {} }],
        },
      },
      ['the step “Nodes in eu-west-1” (new)', 'the step “Move 10 points” (weights)'],
    ],
    ['steps in a form of an earlier version', { steps: ['weights-1'] }, ['the steps']],
    ['records', { recordsHash: 'b'.repeat(64) }, ['the live DNS records']],
    [
      'another account',
      { resources: { ...subject.resources, 'AWS account': '444455556666' } },
      ['the AWS account (was 111122223333, is 444455556666)'],
    ],
    [
      'another hosted zone and node group',
      {
        resources: {
          'AWS account': '111122223333',
          'hosted zone': 'Z0B',
          'node group of eu-west-1': 'shop/web',
        },
      },
      ['the hosted zone (was Z0A, is Z0B)', 'the node group of eu-west-1 (was shop-eu/web, is shop/web)'],
    ],
    ['a version', { versions: { ...subject.versions, 'eu-west-1': '1.5.0' } }, ['the version in eu-west-1']],
    [
      'a version that is no longer known',
      { versions: { 'us-east-1': '1.4.0', 'eu-west-1': null } },
      ['the version in eu-west-1'],
    ],
    ['a freeze', { freezes: ['f1'] }, ['the freezes in force']],
    [
      'a class',
      { classes: { ...subject.classes, 'database lag of eu-west-1': 'warning' } },
      ['database lag of eu-west-1 (was ok, is warning)'],
    ],
    [
      'a class that is new',
      { classes: { ...subject.classes, 'health of eu-west-1': 'healthy' } },
      ['health of eu-west-1 (was absent, is healthy)'],
    ],
    [
      'a class that is gone',
      { classes: { 'capacity of eu-west-1': 'pre-scale' } },
      ['database lag of eu-west-1 (was ok, is absent)'],
    ],
  ])('%s changes it, in words', (_, changes, words) => {
    const after = { ...subject, ...changes };
    expect(planDigest(after)).not.toBe(planDigest(subject));
    expect(digestDifferences(subject, after)).toEqual(words);
  });

  it('of a request that an earlier version stored differs in the resources it did not name', () => {
    const { resources: _, ...earlier } = subject;
    expect(digestDifferences(earlier as DigestSubject, subject)).toEqual([
      'the AWS account (was absent, is 111122223333)',
      'the hosted zone (was absent, is Z0A)',
      'the node group of eu-west-1 (was absent, is shop-eu/web)',
    ]);
  });

  it('differs exactly when there is something to say', () => {
    const subjects = fc.record({
      kind: fc.constantFrom('a', 'b'),
      environment: fc.constantFrom('a', 'b'),
      params: fc.jsonValue({ maxDepth: 1 }),
      steps: fc.constantFrom([], [1]),
      resources: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2')),
      recordsHash: fc.constantFrom('a', 'b'),
      versions: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2', null)),
      freezes: fc.subarray(['f', 'g']),
      classes: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('ok', 'warning')),
    });
    fc.assert(
      fc.property(subjects, subjects, (a, b) => {
        const same = planDigest(a) === planDigest(b);
        const said = digestDifferences(a, b);
        if (same) expect(said).toEqual([]);
        // A version that is not known and one that was never asked for read the same to people.
        else if (said.length === 0) expect(Object.values({ ...a.versions, ...b.versions })).toContain(null);
      }),
    );
  });
});
