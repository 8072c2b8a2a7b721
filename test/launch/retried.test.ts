import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { retriedByVitest } from '#launch/check/counts.ts';
import { checkoutRoot } from '#launch/paths.ts';

// A project of three tests on the vitest that runs ours, with the reporter that `npm test` gives it.
const TESTS = `
let tries = 0;
describe('a shift', () => {
  test('passes at once', () => {});
  test('passes at its second try', () => expect(++tries).toBe(2));
  test.skip('is not run', () => expect(1).toBe(2));
});
`;

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-retried-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

it('vitest names the test that needed a second try, and no other', async () => {
  fs.writeFileSync(path.join(folder, 'shift.test.mjs'), TESTS);
  fs.writeFileSync(path.join(folder, 'vitest.config.mjs'), 'export default {};');
  const file = path.join(folder, 'retried.json');
  await promisify(execFile)(
    process.execPath,
    [
      ...[path.join(checkoutRoot(), 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
      ...['--globals', '--retry=1', `--outputFile.retried=${file}`],
      ...[
        '--reporter=default',
        `--reporter=${path.join(checkoutRoot(), 'launch/check/retried-reporter.ts')}`,
      ],
    ],
    { cwd: folder, env: { PATH: process.env.PATH, NODE_ENV: 'test' } },
  );
  expect(retriedByVitest(JSON.parse(fs.readFileSync(file, 'utf8')))).toEqual([
    'shift.test.mjs › a shift > passes at its second try',
  ]);
});
