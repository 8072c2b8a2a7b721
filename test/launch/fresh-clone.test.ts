import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutRoot } from '#launch/paths.ts';

// A clone with nothing installed, whose npm is a small program that notes how it was called and does as told.
const NPM = `
import fs from 'node:fs';
fs.appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
const says = process.env.NPM_SAYS;
if (says) {
  console.error('npm warn EBADENGINE Unsupported engine');
  console.error(says);
  process.exit(1);
}
fs.mkdirSync('node_modules', { recursive: true });
fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;
const LOCK = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/needed': { version: '1.0.0' },
    'node_modules/for-another-platform': { version: '1.0.0', optional: true },
  },
};

let clone: string;

beforeEach(() => {
  clone = fs.mkdtempSync(path.join(os.tmpdir(), 'meridian-clone-'));
  fs.mkdirSync(path.join(clone, 'launch'));
  for (const file of ['bootstrap.mjs', 'start.mjs', 'run.mjs']) {
    fs.copyFileSync(path.join(checkoutRoot(), 'launch', file), path.join(clone, 'launch', file));
  }
  fs.writeFileSync(path.join(clone, 'npm.mjs'), NPM);
  fs.renameSync(path.join(clone, 'npm.mjs'), path.join(clone, 'npm-cli.js'));
  fs.writeFileSync(path.join(clone, 'package.json'), '{"type": "module"}');
  writeLock(LOCK);
  fs.writeFileSync(
    path.join(clone, 'launch/supervisor.ts'),
    [
      'const words: string[] = process.argv.slice(2);',
      "console.log(['supervisor', words, process.env.AWS_PROFILE].join(' '));",
      'process.exit(7);',
    ].join('\n'),
  );
});
afterEach(() => fs.rmSync(clone, { recursive: true, force: true }));

function writeLock(lock: unknown, where = 'package-lock.json'): void {
  fs.writeFileSync(path.join(clone, where), JSON.stringify(lock));
}

function run(script: string, options: { args?: string[]; npmSays?: string; pretend?: string } = {}) {
  const pretend = options.pretend
    ? ['--import', `data:text/javascript,${encodeURIComponent(options.pretend)}`]
    : [];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...pretend, path.join(clone, 'launch', script), ...(options.args ?? [])],
    {
      cwd: clone,
      encoding: 'utf8',
      env: {
        ...process.env,
        npm_execpath: path.join(clone, 'npm-cli.js'),
        NPM_SAYS: options.npmSays ?? '',
        AWS_PROFILE: 'production',
      },
    },
  );
  return { status, output: stdout + stderr };
}

function npmCalls(): string[] {
  const file = path.join(clone, 'npm-calls');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [];
}

describe('npm start', () => {
  it('installs what the lock says, scripts of packages left out, then runs and hands on the exit code', () => {
    const { status, output } = run('start.mjs', { args: ['--dev'] });
    expect(npmCalls()).toEqual(['ci --include=dev --ignore-scripts --loglevel=error --no-progress']);
    expect(output).toContain('installing the locked dependencies (none are installed yet)');
    expect(output).toContain('supervisor --dev');
    expect(status).toBe(7);
  });

  it('installs nothing the second time', () => {
    run('start.mjs');
    run('start.mjs');
    expect(npmCalls()).toHaveLength(1);
  });

  it('takes an install that somebody made by hand, packages of other platforms missing', () => {
    fs.mkdirSync(path.join(clone, 'node_modules'));
    writeLock(
      { packages: { 'node_modules/needed': { version: '1.0.0' } } },
      'node_modules/.package-lock.json',
    );
    run('start.mjs');
    expect(npmCalls()).toEqual([]);
  });

  it('installs again when the lock has moved on', () => {
    run('start.mjs');
    writeLock({ packages: { ...LOCK.packages, 'node_modules/needed': { version: '1.0.1' } } });
    expect(run('start.mjs').output).toContain('package-lock.json has changed');
    expect(npmCalls()).toHaveLength(2);
  });

  it.each([
    ['npm error code ENOTFOUND', 'npm could not reach its registry'],
    ['npm error code ENOSPC', 'The disk is full'],
    ['npm error code EACCES', 'npm may not write here'],
    ['npm error code EUSAGE', 'package.json and package-lock.json disagree'],
    ['npm error code ENOTEMPTY', 'Another install runs in this folder'],
    ['npm error something new', 'npm said:\nnpm error something new'],
  ])('explains "%s"', (npmSays, sentence) => {
    const { status, output } = run('start.mjs', { npmSays });
    expect(status).toBe(1);
    expect(output).toContain(`The dependencies could not be installed. ${sentence}`);
    expect(output).not.toContain('EBADENGINE');
  });

  it('tells an old Node so', () => {
    const { status, output } = run('start.mjs', {
      pretend: "Object.defineProperty(process.versions, 'node', { value: '18.20.1' });",
    });
    expect(status).toBe(1);
    expect(output).toContain('Meridian needs Node 20 or later to start; this is 18.20.1.');
  });

  it('tells Windows so', () => {
    const { status, output } = run('start.mjs', {
      pretend: "Object.defineProperty(process, 'platform', { value: 'win32' });",
    });
    expect(status).toBe(1);
    expect(output).toContain('Use WSL 2');
  });

  it('says which Node it takes where none is pinned, and refuses one that cannot run TypeScript', () => {
    expect(run('start.mjs').output).toContain(`using this machine's ${process.version}`);
    const { status, output } = run('start.mjs', {
      pretend: "Object.defineProperty(process.versions, 'node', { value: '20.20.2' });",
    });
    expect(status).toBe(1);
    expect(output).toContain('cannot run TypeScript. Install Node 24');
  });
});

describe('the pinned Node', () => {
  const folder = () => path.join(clone, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
  const pinned = () => path.join(folder(), 'node');

  beforeEach(() => {
    run('start.mjs'); // installs
    fs.mkdirSync(folder(), { recursive: true });
    fs.symlinkSync(process.execPath, pinned());
  });

  it('is what runs', () => {
    expect(run('start.mjs').output).not.toContain('npm has no pinned Node');
    expect(run('start.mjs').status).toBe(7);
  });

  it('is named, with what to do, when it may not be run', () => {
    fs.rmSync(pinned());
    fs.writeFileSync(pinned(), '', { mode: 0o644 });
    const { status, output } = run('start.mjs');
    expect(status).toBe(1);
    expect(output).toContain(`Run "chmod +x ${pinned()}"`);
    expect(output).not.toMatch(/EACCES|^\s+at /m);
  });
});

it('a program started by run.mjs sees nothing of the caller’s AWS', () => {
  const { status, output } = run('run.mjs', { args: ['launch/supervisor.ts', 'one', 'two'] });
  expect(output).toMatch(/supervisor one,two $/m);
  expect(status).toBe(7);
});
