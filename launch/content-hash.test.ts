import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contentHash } from './content-hash.ts';

let root: string;
const hash = () =>
  contentHash({ root, entries: ['app', 'one.js'], skip: (file) => file.endsWith('.test.ts') });

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-hash-'));
  fs.mkdirSync(path.join(root, 'app/deep'), { recursive: true });
  fs.writeFileSync(path.join(root, 'app/deep/page.tsx'), 'page');
  fs.writeFileSync(path.join(root, 'one.js'), 'one');
});
afterEach(() => fs.rmSync(root, { recursive: true }));

it('stays the same when files are only touched', () => {
  const before = hash();
  fs.utimesSync(path.join(root, 'one.js'), 0, 0);
  expect(hash()).toBe(before);
});

it.each([
  ['an edit', () => fs.writeFileSync(path.join(root, 'app/deep/page.tsx'), 'Page')],
  ['a new file', () => fs.writeFileSync(path.join(root, 'app/new.tsx'), '')],
  ['a removed file', () => fs.rmSync(path.join(root, 'one.js'))],
  [
    'a renamed file',
    () => fs.renameSync(path.join(root, 'app/deep/page.tsx'), path.join(root, 'app/page.tsx')),
  ],
])('changes with %s', (_, change) => {
  const before = hash();
  change();
  expect(hash()).not.toBe(before);
});

it('does not see what is left out', () => {
  const before = hash();
  fs.writeFileSync(path.join(root, 'app/page.test.ts'), 'test');
  expect(hash()).toBe(before);
});
