import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { encode } from 'next-auth/jwt';
import pg from 'pg';
import { stringify } from 'yaml';
import { startProduct } from '#launch/harness.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { type Amounts, type Filled, fillDatabase } from './fill.ts';
import { type BenchDatabase, type BenchServer, benchFolder } from './server.ts';

/** The product's web, started by its own launcher on a filled database, without lab and workers. */
export interface BenchConsole extends Filled {
  url: string;
  /** Header of a request by somebody who is signed in. */
  cookie: string;
  database: BenchDatabase;
  stop(): Promise<void>;
}

const FIRST_START_MS = 300_000;

export async function startConsole(
  server: BenchServer,
  options: { name: string; estate: Estate; amounts: Amounts },
): Promise<BenchConsole> {
  const database = await server.createDatabase(options.name);
  const dataDir = benchFolder(options.name);
  const estateFile = path.join(dataDir, 'estate.yaml');
  fs.writeFileSync(estateFile, stringify(options.estate));
  const secret = randomBytes(32).toString('base64url');
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const filled = await fillDatabase({ database, owner, ...options }).finally(() => owner.end());
  const product = await startProduct({
    dataDir,
    readyTimeoutMs: FIRST_START_MS,
    environment: {
      DATABASE_URL: database.applicationUrl,
      MERIDIAN_OWNER_URL: database.ownerUrl,
      MERIDIAN_SECRET: secret,
      MERIDIAN_ESTATE: estateFile,
      MERIDIAN_LAB: 'off',
      MERIDIAN_WORKERS: '0',
    },
  });
  return {
    ...filled,
    url: product.url,
    cookie: await sessionCookie(filled.sessionId, secret),
    database,
    async stop() {
      await product.stop();
      fs.rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The cookie of that session, sealed as lib/web/session.ts seals it. */
async function sessionCookie(sessionId: string, secret: string): Promise<string> {
  const key = createHash('sha256').update(`session cookie ${secret}`).digest('hex');
  return `meridian.session=${await encode({ token: { sid: sessionId }, secret: key, maxAge: 3_600 })}`;
}

export interface TimedPages {
  /** Milliseconds from asking to the last byte, one of each page. */
  tookMs: number[];
  /** Compressed bytes of the last answer. */
  bytes: number;
}

/** Reads a page so many times, `atOnce` at a time, and throws when one is not 200: an error is quick. */
export async function timePages(
  target: { url: string; cookie?: string },
  options: { times: number; atOnce: number },
): Promise<TimedPages> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: options.atOnce });
  const tookMs: number[] = [];
  let bytes = 0;
  let left = options.times;
  try {
    await Promise.all(
      Array.from({ length: options.atOnce }, async () => {
        while (left > 0) {
          left -= 1;
          const started = performance.now();
          bytes = await readPage(target, agent);
          tookMs.push(performance.now() - started);
        }
      }),
    );
  } finally {
    agent.destroy();
  }
  return { tookMs, bytes };
}

function readPage({ url, cookie }: { url: string; cookie?: string }, agent: http.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip', accept: 'text/html', ...(cookie ? { cookie } : {}) };
    const request = http.get(url, { agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`${url} answered ${response.statusCode} ${response.headers.location ?? ''}`));
      });
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
