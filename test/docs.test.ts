import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { STAGES } from '#launch/check/stages.ts';

const ROOT = path.dirname(import.meta.dirname);

/** Facts about AWS and the strategy document: they cite other repositories and that document's own paths. */
const CITES_OTHERS = ['docs/aws-facts.md'];
/** Made by a start or a build, so in no clone. */
const MADE_LATER = /^(\.data|\.next|node_modules|lib\/data\/generated)(\/|$)/;

interface Page {
  file: string;
  text: string;
}

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter(Boolean);
const topLevel = new Set(tracked.map((file) => file.split('/')[0]));
const pages: Page[] = tracked
  .filter((file) => /^(docs\/.*|[^/]+)\.md$/.test(file) && !CITES_OTHERS.includes(file))
  .map((file) => ({ file, text: fs.readFileSync(path.join(ROOT, file), 'utf8') }));

it('finds the README and the guides', () => {
  expect(pages.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['README.md', 'docs/architecture.md']),
  );
});

it('every link leads to a file', () => {
  const broken = pages.flatMap(({ file, text }) =>
    [...withoutCode(text).matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !exists(path.join(path.dirname(file), target)))
      .map((target) => `${file} → ${target}`),
  );
  expect(broken, 'The file was moved or never written: correct the link.').toEqual([]);
});

it('every path that is named exists', () => {
  const missing = pages.flatMap(({ file, text }) =>
    namedPaths(text)
      .filter((named) => !exists(named) && !exists(path.join(path.dirname(file), named)))
      .map((named) => `${file} names ${named}`),
  );
  expect(missing, 'Code moved and the text did not follow.').toEqual([]);
});

it('every npm command exists', () => {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const missing = pages.flatMap(({ file, text }) =>
    [...text.matchAll(/npm (?:run (?:-s )?)([a-z:]+)|npm (start|test)\b/g)]
      .map(([, run, short]) => run ?? short ?? '')
      .filter((name) => !(name in scripts))
      .map((name) => `${file}: npm run ${name}`),
  );
  expect(missing, 'package.json has no such script.').toEqual([]);
});

it('the README names every kind of test', () => {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const [, named = ''] = /some kinds of tests: ([a-z ]+)$/m.exec(readme) ?? [];
  expect(named.split(' ')).toEqual(STAGES.map(({ name }) => name));
});

it('every variable of the environment is explained in the README, and none that is gone', () => {
  const source = fs.readFileSync(path.join(ROOT, 'lib/env.ts'), 'utf8');
  const known = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name = '']) => name);
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const explained = [...readme.matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map(([, name = '']) => name);
  const internal = ['WORKER_INDEX'];
  expect(known.filter((name) => !explained.includes(name) && !internal.includes(name))).toEqual([]);
  const everywhere = ['launch', 'lab', 'lib', 'test'].flatMap((folder) =>
    tracked.filter((file) => file.startsWith(`${folder}/`) && /\.(ts|mjs)$/.test(file)),
  );
  const code = everywhere.map((file) => fs.readFileSync(path.join(ROOT, file), 'utf8')).join('\n');
  expect(explained.filter((name) => !code.includes(name))).toEqual([]);
});

/** Paths in backticks that begin with a folder or file of ours; placeholders and patterns are none. */
function namedPaths(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)]
    .map(([, named = '']) => named.replace(/[/.,]$/, ''))
    .filter((named) => /^[\w.@()[\]/-]+$/.test(named) && /[/.]/.test(named))
    .filter((named) => topLevel.has(named.split('/')[0]) && !MADE_LATER.test(named));
}

function exists(relative: string): boolean {
  return fs.existsSync(path.join(ROOT, relative));
}

/** Code blocks show output and commands, where brackets mean something else. */
function withoutCode(text: string): string {
  return text.replace(/```[\s\S]*?```/g, '');
}
