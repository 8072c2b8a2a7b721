// Plain JavaScript for any Node >= 20: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

export const root = path.dirname(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname));

/** Ends the process with a sentence for a person, without a stack. */
export function fail(sentence) {
  console.error(`\n${sentence}\n`);
  process.exit(1);
}

export function assertPlatform() {
  if (process.platform === 'win32') {
    fail(
      'Meridian does not run on Windows itself. Use WSL 2 (https://learn.microsoft.com/windows/wsl), Linux or macOS.',
    );
  }
}

/** Installs the locked dependencies when they are missing or differ from package-lock.json. */
export async function ensureInstalled() {
  const reason = installReason();
  if (!reason) return;
  const started = Date.now();
  console.log(`installing the locked dependencies (${reason}); about a minute on a usual connection`);
  const ticking = setInterval(() => console.log(`  still installing, ${seconds(started)} s`), 20_000);
  const { code, output } = await npm([
    'ci',
    '--include=dev',
    '--ignore-scripts',
    '--loglevel=error',
    '--no-progress',
  ]);
  clearInterval(ticking);
  if (code !== 0) fail(explainInstall(output));
  try {
    fs.writeFileSync(INSTALLED_FROM, lockHash());
  } catch (error) {
    fail(explainInstall(String(error)));
  }
  console.log(`dependencies installed in ${seconds(started)} s`);
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}

const INSTALLED_FROM = path.join(root, 'node_modules', '.meridian-installed-from');

/** Why an install is needed, or undefined. npm writes node_modules/.package-lock.json last, so a cut install has none. */
function installReason() {
  const installed = readJson(path.join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return 'none are installed yet';
  if (fs.existsSync(INSTALLED_FROM) && fs.readFileSync(INSTALLED_FROM, 'utf8') === lockHash())
    return undefined;
  const wanted = readJson(path.join(root, 'package-lock.json'));
  if (!wanted) fail('package-lock.json is missing or damaged. Restore it: git checkout -- package-lock.json');
  const isMissing = ([place, entry]) =>
    isRequired(place, entry) && installed.packages[place]?.version !== entry.version;
  return Object.entries(wanted.packages).some(isMissing) ? 'package-lock.json has changed' : undefined;
}

/** False for what npm may leave out here: other platforms' packages, optional peers, leftovers in the lock. */
function isRequired(place, entry) {
  return (
    place !== '' && !(entry.link || entry.optional || entry.devOptional || entry.peer || entry.extraneous)
  );
}

function lockHash() {
  return createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined; // missing or cut short: both mean "not installed"
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** An install cut short by Ctrl-C ends with us: two in one folder destroy each other's work. */
function npm(args) {
  const cli = process.env.npm_execpath;
  const [command, ...first] = cli?.endsWith('.js') ? [process.execPath, cli] : ['npm'];
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const end = () => {
      child.kill();
      process.exit(1);
    };
    for (const signal of SIGNALS) process.on(signal, end);
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => {
      for (const signal of SIGNALS) process.off(signal, end);
      resolve({ code: code ?? 1, output });
    });
  });
}

const INSTALL_FAILURES = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET|ERR_SOCKET_TIMEOUT/,
    'npm could not reach its registry. Connect this machine to it (or set one you can reach: npm config set registry …) and start again.',
  ],
  [/ENOSPC/, 'The disk is full: the dependencies need about 2 GB. Free some space and start again.'],
  [/ENOTEMPTY/, 'Another install runs in this folder. Wait until it has ended and start again.'],
  [/EACCES|EPERM/, 'npm may not write here. Start as the user who owns this folder and its node_modules.'],
  [
    /EUSAGE|Missing:.*from lock file/,
    'package.json and package-lock.json disagree. Restore both: git checkout -- package.json package-lock.json',
  ],
  [/spawn npm ENOENT/, 'npm is not installed. Install it together with Node from https://nodejs.org.'],
];

function explainInstall(output) {
  const known = INSTALL_FAILURES.find(([pattern]) => pattern.test(output));
  const said = output
    .split('\n')
    .filter(
      (line) =>
        line.trim() && !/EBADENGINE|npm (warn|notice)|A complete log of this run|^npm error\s+at /.test(line),
    );
  return [
    `The dependencies could not be installed. ${known ? known[1] : 'npm said:'}`,
    ...said.slice(0, known ? 3 : 20),
  ].join('\n');
}

/** The Node pinned by package.json for this machine, else the running one when it can run TypeScript itself. */
export function findNode() {
  const pinned = path.join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (fs.existsSync(pinned)) {
    if (!isExecutable(pinned))
      return fail(
        `${pinned} may not be run by this account. Run "chmod +x ${pinned}", or remove node_modules and start again; ` +
          'a folder on a disk that is mounted with "noexec" runs no program at all.',
      );
    return { path: pinned };
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) {
    return {
      path: process.execPath,
      note: `npm has no pinned Node for ${process.platform} ${process.arch}; using this machine's ${process.version}`,
    };
  }
  return fail(
    `npm has no pinned Node for ${process.platform} ${process.arch}, and this machine's ${process.version} cannot run TypeScript. ` +
      'Install Node 24 (or 22.18 and later) from https://nodejs.org and start again.',
  );
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false; // closed to us, or on a disk from which nothing is run
  }
}

/** What a program of ours compiled once, TypeScript's types taken off, the next process has: it starts in half the time. */
const COMPILED = path.join(root, 'node_modules', '.cache', 'compiled');

/**
 * Runs a TypeScript file on the pinned Node and ends with its exit code. On a terminal Ctrl-C
 * reaches the child by itself; every other signal is passed on.
 */
export function runOnPinnedNode(file, args, environment, options = {}) {
  const node = findNode();
  if (node.note) console.log(node.note);
  const child = spawn(node.path, [path.join(root, file), ...args], {
    cwd: root,
    env: { NODE_COMPILE_CACHE: COMPILED, ...environment },
    stdio: options.watched ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  child.on('error', (error) =>
    fail(`Node did not start (${error.message}). Remove node_modules and start again.`),
  );
  child.on('exit', (code, signal) => process.exit(signal ? 128 + os.constants.signals[signal] : code));
}

/** Writes the database's client where a program is run before any start has made it, or after its schema was edited. */
export function ensureDatabaseClient(environment) {
  const made = fs.statSync(path.join(root, 'lib/data/generated/.made-from'), { throwIfNoEntry: false });
  if (made && made.mtimeMs >= fs.statSync(path.join(root, 'prisma/schema.prisma')).mtimeMs) return;
  const { status } = spawnSync(findNode().path, [path.join(root, 'launch/prisma-generate.ts')], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0)
    fail('The database’s client could not be written. Start Meridian once (npm start) and ask again.');
}

/** The caller's environment without what would lead a program to another estate, database or machine's settings. */
export function cleanedEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(AWS_|npm_|PG(?!_)|KUBECONFIG$|NODE_OPTIONS$|NODE_ENV$)/.test(name),
    ),
  );
}
