import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LabDescription } from '#lab/description.ts';
import { bringTemplate } from './template.ts';

export interface Lab extends LabDescription {
  /** MERIDIAN_DATA of this lab. */
  dataDir: string;
  /** What the lab has logged so far, for the message of a failed test. */
  log(): string;
  /** Calls the admin API; rejects with its words when it refuses. */
  admin(route: string, body?: unknown): Promise<unknown>;
  /** Environment for tools (`aws`, boto3, kubectl): nothing of the caller's own AWS configuration gets through. */
  env: ToolEnvironment;
  stop(): Promise<void>;
}

export type ToolEnvironment = Record<string, string> & { NODE_ENV: 'test' };

export interface LabOptions {
  /** Path of an estate file; default: the repository's. */
  estate?: string;
  seed?: number;
  /** Keeps state of an earlier lab. Default: a new temporary folder, removed at stop. */
  dataDir?: string;
}

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 15_000;
const LOG_LINES_SHOWN = 30;
const REPOSITORY = path.resolve(import.meta.dirname, '../..');

/** Starts a lab of its own: ephemeral ports, own data. It ends with `stop`, or when this process does. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'meridian-lab-'));
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const output: string[] = [];
  await bringTemplate(path.join(dataDir, 'lab'));
  const child = spawn(process.execPath, [path.join(REPOSITORY, 'lab/main.ts')], {
    cwd: REPOSITORY,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HOME: dataDir,
      TMPDIR: process.env.TMPDIR,
      MERIDIAN_DATA: dataDir,
      MERIDIAN_ESTATE: options.estate ?? path.join(REPOSITORY, 'estate.yaml'),
      LAB_SEED: String(seed),
      LAB_LIFELINE: 'stdin',
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const log = () => output.join('');
  const stop = async () => {
    const endedBefore = child.exitCode ?? child.signalCode;
    await stopChild(child);
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    // What its tests failed of: without this they only say that nobody answers.
    if (endedBefore !== null)
      throw new Error(
        `The lab had ended by itself (${endedBefore}). The end of its log:\n${lastLines(log())}`,
      );
  };
  try {
    await untilReady(child, log);
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  return { ...attachLab(dataDir), log, stop };
}

/** The lab that runs on this data folder, whoever started it. */
export function attachLab(dataDir: string): Omit<Lab, 'log' | 'stop'> {
  const description: LabDescription = JSON.parse(readFileSync(path.join(dataDir, 'lab.json'), 'utf8'));
  return {
    ...description,
    dataDir,
    env: toolEnvironment(description, dataDir),
    admin: (route, body) => callAdmin(description, route, body),
  };
}

/** Options for an SDK client of that Region: `new RDSClient(sdkFor(lab, 'eu-west-1'))`. Never waits for ever, never retries. */
export function sdkFor(lab: Pick<LabDescription, 'gatewayUrl' | 'credentials'>, region: string) {
  return {
    region,
    endpoint: lab.gatewayUrl,
    // A copy: the SDK writes into what it is given.
    credentials: { ...lab.credentials },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 10_000, connectionTimeout: 2000, throwOnRequestTimeout: true },
  };
}

function toolEnvironment(lab: LabDescription, dataDir: string): ToolEnvironment {
  return {
    NODE_ENV: 'test',
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: dataDir,
    AWS_ENDPOINT_URL: lab.gatewayUrl,
    AWS_ACCESS_KEY_ID: lab.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lab.credentials.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    KUBECONFIG: lab.kubeconfig,
  };
}

const lastLines = (text: string) => text.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');

function untilReady(child: ChildProcess, log: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The lab was not ready within 60 s. Its log:\n${log()}`)),
      READY_WITHIN_MS,
    );
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(
        new Error(`The lab ended before it was ready (${signal ?? `exit ${code}`}). Its log:\n${log()}`),
      );
    });
    child.stdout?.on('data', () => {
      if (!/^lab ready$/m.test(log())) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

async function callAdmin(lab: LabDescription, route: string, body: unknown): Promise<unknown> {
  const response = await fetch(new URL(route, lab.adminUrl), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${lab.token}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The lab refused ${route} (${response.status}): ${text}`);
  return text ? JSON.parse(text) : undefined;
}
