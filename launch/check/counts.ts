import path from 'node:path';
import { z } from 'zod';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, counts) => ({
      passed: total.passed + counts.passed,
      failed: total.failed + counts.failed,
      skipped: total.skipped + counts.skipped,
    }),
    NOTHING,
  );
}

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Counts of vitest's JSON report. A file that failed outside its tests counts as one failure. */
export function countVitest(report: unknown): Counts {
  const result = VitestReport.parse(report);
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.testResults.filter(isBroken).length,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** Names of the tests that failed, and of the files that failed outside their tests, from vitest's JSON report. */
export function failedByVitest(report: unknown, root: string): string[] {
  return VitestReport.parse(report).testResults.flatMap((file) => {
    const name = path.relative(root, file.name).split(path.sep).join('/');
    if (isBroken(file)) return [name];
    return file.assertionResults.filter(isFailed).map(({ fullName }) => `${name} › ${fullName}`);
  });
}

type VitestFile = z.infer<typeof VitestReport>['testResults'][number];

const isFailed = ({ status }: { status: string }) => status === 'failed';
const isBroken = (file: VitestFile) => isFailed(file) && !file.assertionResults.some(isFailed);

const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()),
});

/** Counts of Playwright's JSON report. A flaky test passed at its second try; an error outside tests is a failure. */
export function countPlaywright(report: unknown): Counts {
  const { stats, errors } = PlaywrightReport.parse(report);
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
}

const PlaywrightSpec = z.object({
  title: z.string(),
  file: z.string(),
  tests: z.array(z.object({ projectName: z.string(), status: z.string() })),
});
const PlaywrightSuite = z.object({
  title: z.string(),
  specs: z.array(PlaywrightSpec),
  get suites() {
    return z.array(PlaywrightSuite).optional();
  },
});
type PlaywrightSuite = z.infer<typeof PlaywrightSuite>;

/** Names of the browser tests that passed at a second try only, each with its file and project, from Playwright's JSON report. */
export const retriedByPlaywright = (report: unknown) => endedAs('flaky', report);

/** Names of the browser tests that failed at every try, as `retriedByPlaywright` has them. */
export const failedByPlaywright = (report: unknown) => endedAs('unexpected', report);

function endedAs(status: 'flaky' | 'unexpected', report: unknown): string[] {
  const { suites } = z.object({ suites: z.array(PlaywrightSuite) }).parse(report);
  // The outermost suite is the file, which every name begins with.
  return suites.flatMap((file) => namesIn(file, status, []));
}

function namesIn(
  { specs, suites = [] }: PlaywrightSuite,
  status: string,
  groups: readonly string[],
): string[] {
  const here = specs.flatMap(({ file, title, tests }) =>
    tests
      .filter((test) => test.status === status)
      .map(({ projectName }) => `e2e/${file} › ${[...groups, title].join(' › ')} (${projectName})`),
  );
  return [...here, ...suites.flatMap((suite) => namesIn(suite, status, [...groups, suite.title]))];
}

/** Names of the tests that passed at a further try only, as retried-reporter.ts wrote them. */
export function retriedByVitest(report: unknown): string[] {
  return z.array(z.string()).parse(report);
}
