import { describe, expect, it } from 'vitest';
import {
  countPlaywright,
  countVitest,
  failedByPlaywright,
  failedByVitest,
  retriedByPlaywright,
  retriedByVitest,
  sum,
} from './counts.ts';

describe('vitest', () => {
  const file = (name: string, tests: { status: string; fullName?: string }[]) => ({
    name: `/checkout/${name}`,
    status: 'failed',
    assertionResults: tests.map(({ status, fullName = 'a test' }) => ({ status, fullName })),
  });
  const report = { numPassedTests: 7, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };

  it('adds skipped and todo, and does not count a failed test’s file again', () => {
    const testResults = [file('a.test.ts', [{ status: 'failed' }, { status: 'passed' }])];
    expect(countVitest({ ...report, testResults })).toEqual({ passed: 7, failed: 1, skipped: 3 });
  });

  it('counts a file that could not even be loaded', () => {
    const testResults = [file('a.test.ts', [])];
    expect(countVitest({ ...report, numFailedTests: 0, testResults })).toMatchObject({ failed: 1 });
  });

  it('names what failed: tests by file and groups, or the file alone', () => {
    const testResults = [
      file('lab/a.test.ts', [
        { status: 'failed', fullName: 'a link is cut' },
        { status: 'passed', fullName: 'a link is slow' },
      ]),
      file('lab/b.test.ts', []),
    ];
    expect(failedByVitest({ ...report, testResults }, '/checkout')).toEqual([
      'lab/a.test.ts › a link is cut',
      'lab/b.test.ts',
    ]);
  });
});

it('counts a browser test that passed at its second try, and a failed set-up as a failure', () => {
  const stats = { expected: 5, unexpected: 1, flaky: 1, skipped: 2 };
  expect(countPlaywright({ stats, errors: [{ message: 'set-up' }] })).toEqual({
    passed: 6,
    failed: 2,
    skipped: 2,
  });
});

it('names browser tests that needed a second try or failed, in groups too, by file and project', () => {
  const spec = (title: string, tests: [string, string][]) => ({
    title,
    file: 'traffic.spec.ts',
    tests: tests.map(([projectName, status]) => ({ projectName, status })),
  });
  const suites = [
    {
      title: 'traffic.spec.ts',
      specs: [
        spec('a shift', [
          ['pages', 'expected'],
          ['phone', 'flaky'],
        ]),
      ],
      suites: [
        {
          title: 'a drain',
          specs: [spec('is refused', [['stories', 'flaky']]), spec('goes on', [['stories', 'unexpected']])],
        },
      ],
    },
  ];
  expect(retriedByPlaywright({ suites })).toEqual([
    'e2e/traffic.spec.ts › a shift (phone)',
    'e2e/traffic.spec.ts › a drain › is refused (stories)',
  ]);
  expect(failedByPlaywright({ suites })).toEqual(['e2e/traffic.spec.ts › a drain › goes on (stories)']);
});

it('takes what our reporter of vitest wrote', () => {
  expect(retriedByVitest(['test/lab/rds.test.ts › a promotion'])).toEqual([
    'test/lab/rds.test.ts › a promotion',
  ]);
});

it('adds up', () => {
  const total = sum([
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  ]);
  expect(total).toEqual({ passed: 11, failed: 22, skipped: 33 });
});
