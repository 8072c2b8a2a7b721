import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '#launch/ports.ts';

const ROOT = path.join(import.meta.dirname, '../..');

export interface WebServer {
  url: string;
  port: number;
  /** What it printed so far. */
  output(): string;
  /** Asks it to stop and resolves with the milliseconds that took; one that hangs is killed and takes `Infinity`. */
  stop(): Promise<number>;
}

/** The built console as `npm start` runs it, on a database and settings of the test's own. */
export async function startWeb(environment: Record<string, string>): Promise<WebServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const next = path.join(ROOT, 'node_modules/next/dist/bin/next');
  const child = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      MERIDIAN_SECRET: 'a secret for tests alone, long enough',
      MERIDIAN_URL: url,
      NEXTAUTH_URL: url,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const exited = once(child, 'exit');
  const alive = () =>
    fetch(`${url}/api/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await alive())) {
    if (child.exitCode !== null) throw new Error(`The console ended while starting:\n${output}`);
    await delay(50);
  }
  return {
    url,
    port,
    output: () => output,
    async stop() {
      const startedAt = performance.now();
      child.kill('SIGTERM');
      const kill = new AbortController();
      const late = delay(8_000, true, { signal: kill.signal }).catch(() => false);
      const hung = await Promise.race([exited.then(() => false), late]);
      kill.abort();
      if (hung) child.kill('SIGKILL');
      await exited;
      return hung ? Number.POSITIVE_INFINITY : performance.now() - startedAt;
    },
  };
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** One request with exactly these headers: `fetch` would not send a Host of its own. */
export function ask(url: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
  return send(url, { method, headers });
}

interface Sent {
  method: string;
  headers: http.OutgoingHttpHeaders;
  body?: Buffer;
  /** In pieces, without a length told before. */
  chunked?: boolean;
}

/** As `ask`, with a body. */
export function send(url: string, { method, headers, body, chunked }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, maxHeaderSize: 65_536 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.once('error', reject);
    if (body && chunked) request.write(body);
    request.end(chunked ? undefined : body);
  });
}
