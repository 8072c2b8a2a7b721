import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.dirname(import.meta.dirname);
const FOLDERS = ['app', 'cli', 'components', 'lab', 'launch', 'lib', 'worker'];

interface Source {
  file: string;
  text: string;
  imports: { target: string; typeOnly: boolean }[];
}

const sources = FOLDERS.flatMap((folder) => filesBelow(folder)).map(readSource);
const product = sources.filter(({ file }) => !/\.test\.tsx?$/.test(file));

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(path.join(ROOT, folder))) return [];
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('lib/data/generated/'));
}

function readSource(file: string): Source {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?(?:from\s+)?['"]([^'"]+)['"]/gm);
  const imports = [...statements].map(([, type, specifier = '']) => ({
    target: resolve(file, specifier),
    typeOnly: type !== undefined,
  }));
  return { file, text, imports };
}

/** Path from the root for our own files, the specifier itself for a package. */
function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('#')) return specifier.slice(1);
  if (specifier.startsWith('.')) return path.join(path.dirname(file), specifier);
  return specifier;
}

function isOurs(target: string): boolean {
  return FOLDERS.some((folder) => target.startsWith(`${folder}/`));
}

interface Direction {
  from: string;
  /** Beginnings of the paths that may be imported from there. */
  to: (string | RegExp)[];
  why: string;
  /** Type imports are free here. */
  values?: boolean;
}

/** What an operation consists of, computed from facts: requested by a verb, run by the engine. */
const PLAN = /^lib\/operations\/[\w-]+\/plan\.ts$/;

const DIRECTIONS: Direction[] = [
  {
    from: 'lib/domain/',
    to: ['lib/domain/'],
    why: 'Rules know only rules: pass what they need as arguments.',
  },
  {
    from: 'lab/',
    to: ['lab/', 'launch/', 'lib/domain/estate/'],
    why: 'The lab is spoken to over the wire and knows of the product only the estate file’s form.',
  },
  {
    from: 'components/',
    to: ['components/', 'lib/domain/', 'lib/routes'],
    values: true,
    why: 'Components get what they show as properties; move the work to a page, an action or lib/web.',
  },
  {
    from: 'lib/ports/',
    to: ['lib/ports/', 'lib/domain/', 'lib/errors'],
    values: true,
    why: 'A port is an interface.',
  },
  {
    from: 'lib/adapters/',
    to: ['lib/adapters/', 'lib/ports/', 'lib/domain/', 'lib/errors', 'lib/env'],
    values: true,
    why: 'An adapter translates one outside system; what to do with it is decided in services or operations.',
  },
  {
    from: 'lib/services/',
    to: ['lib/services/', 'lib/data/', 'lib/ports/', 'lib/domain/', 'lib/errors', 'lib/env', PLAN],
    values: true,
    why: 'A verb reaches outside only through a port; write the intent and let the engine act.',
  },
];

function isWithin(target: string, allowed: string | RegExp): boolean {
  return typeof allowed === 'string' ? target.startsWith(allowed) : allowed.test(target);
}

it.each(DIRECTIONS)('$from imports only where it may', ({ from, to, why, values }) => {
  const wrong = product
    .filter(({ file }) => file.startsWith(from))
    .flatMap(({ file, imports }) =>
      imports
        .filter(({ target, typeOnly }) => isOurs(target) && !(values && typeOnly))
        .filter(({ target }) => !to.some((allowed) => isWithin(target, allowed)))
        .map(({ target }) => `${file} → ${target}`),
    );
  expect(wrong, why).toEqual([]);
});

it('nothing of the product imports the lab', () => {
  const wrong = importsMatching((file, target) => !/^(lab|launch)\//.test(file) && target.startsWith('lab/'));
  expect(wrong, 'The product gets endpoints from configuration, as it would for AWS.').toEqual([]);
});

it('the launcher is no part of the running product', () => {
  const wrong = importsMatching(
    (file, target) => /^(app|components|lib|worker)\//.test(file) && target.startsWith('launch/'),
  );
  expect(
    wrong,
    'The product must run without our launcher: take what you need from the environment.',
  ).toEqual([]);
});

it('generated database code is run by lib/data alone', () => {
  const wrong = importsMatching(
    (file, target, typeOnly) =>
      !typeOnly && !file.startsWith('lib/data/') && target.startsWith('lib/data/generated/'),
  );
  expect(wrong, 'Export the query or the row type from lib/data.').toEqual([]);
});

function importsMatching(matches: (file: string, target: string, typeOnly: boolean) => boolean): string[] {
  return product.flatMap(({ file, imports }) =>
    imports
      .filter(({ target, typeOnly }) => matches(file, target, typeOnly))
      .map(({ target }) => `${file} → ${target}`),
  );
}

function filesWhere(pattern: RegExp, within: (file: string) => boolean): string[] {
  return sources.filter(({ file, text }) => within(file) && pattern.test(text)).map(({ file }) => file);
}

it('server-only stands in lib/web and nowhere else', () => {
  const marked = filesWhere(/^import 'server-only';/m, () => true);
  const expected = product.map(({ file }) => file).filter((file) => /^lib\/web\/[^/]+\.tsx?$/.test(file));
  expect(marked.sort(), 'It throws in plain Node, where the worker and the tests run.').toEqual(
    expected.sort(),
  );
});

/** The gallery of components is looked at without a database, so without the environment that lib/env.ts demands. */
function readsByItself(file: string): boolean {
  return file === 'lib/env.ts' || file.startsWith('app/(gallery)/');
}

it('the environment is read in one place', () => {
  const readers = filesWhere(
    /process\.env\b(?!\.NODE_ENV|\.NEXT_RUNTIME)/,
    (file) => /^(app|components|lib|worker)\//.test(file) && !readsByItself(file),
  );
  expect(readers, 'Add the variable to lib/env.ts and read it there.').toEqual([]);
});

it('no error is swallowed', () => {
  const silent = filesWhere(/catch\s*(\([^)]*\))?\s*\{\s*\}/, () => true);
  expect(silent, 'Handle the error, or say in the block why nothing need be done.').toEqual([]);
});
