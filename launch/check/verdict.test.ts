import { describe, expect, it } from 'vitest';
import { NOTHING } from './counts.ts';
import { judge } from './verdict.ts';

const HERE = { seconds: 12.34, everyKind: false };
const IN_CI = { seconds: 12.34, everyKind: true };
const counts = { passed: 3, failed: 0, skipped: 1 };

describe('a kind that cannot run', () => {
  const result = { output: '', counts: NOTHING, skipped: 'there is no Chromium' };

  it('is skipped at a desk', () => {
    expect(judge('browser', result, HERE)).toEqual({
      counts: { passed: 0, failed: 0, skipped: 1 },
      lines: ['browser    skipped: there is no Chromium'],
      failures: [],
    });
  });

  it('fails where every kind has to run', () => {
    expect(judge('browser', result, IN_CI)).toEqual({
      counts: { passed: 0, failed: 1, skipped: 0 },
      lines: ['browser    failed: there is no Chromium, and every kind of test has to run here'],
      failures: ['browser    failed: there is no Chromium, and every kind of test has to run here'],
    });
  });
});

it('a stage that passed is one line, and its output is not shown', () => {
  const result = { output: 'much', counts };
  const told = ['unit       3 passed, 0 failed, 1 skipped, 12.3 s'];
  expect(judge('unit', result, HERE)).toEqual({ counts, lines: told, failures: [] });
  expect(judge('unit', result, IN_CI)).toEqual({ counts, lines: told, failures: [] });
});

it('tests that needed a second try are named under its line, and count as passed', () => {
  const retried = ['e2e/a.spec.ts › one (phone)', 'e2e/b.spec.ts › two (stories)'];
  expect(judge('browser', { output: '', counts, retried }, HERE)).toEqual({
    counts,
    lines: [
      'browser    3 passed, 0 failed, 1 skipped, 12.3 s',
      '           at a second try: e2e/a.spec.ts › one (phone)',
      '           at a second try: e2e/b.spec.ts › two (stories)',
    ],
    failures: [],
  });
});

it('a failure comes with all that was printed', () => {
  const failed = { passed: 2, failed: 1, skipped: 0 };
  const { lines } = judge('lab', { output: ' expected 1, got 2\n', counts: failed }, HERE);
  expect(lines).toEqual(['lab        2 passed, 1 failed, 0 skipped, 12.3 s', '\nexpected 1, got 2\n']);
});

it('what failed is named for the end of everything', () => {
  const failed = { passed: 2, failed: 1, skipped: 0 };
  const failures = ['test/lab/rds.test.ts › a promotion'];
  expect(judge('lab', { output: '', counts: failed, failures }, HERE).failures).toEqual([
    'lab        failed: test/lab/rds.test.ts › a promotion',
  ]);
  expect(judge('lint', { output: '', counts: failed }, HERE).failures).toEqual(['lint       failed']);
});

it('a stage in which no test ran fails', () => {
  const { counts: judged, lines } = judge('web', { output: '', counts: NOTHING }, HERE);
  expect(judged).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(lines.at(-1)).toContain('No test ran');
});
