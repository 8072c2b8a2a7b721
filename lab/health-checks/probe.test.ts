import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ProbeRequest, probe } from './probe.ts';

const open: (http.Server | net.Server)[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
    await once(server, 'close');
  }
});

async function listening(server: http.Server | net.Server): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The test server listens nowhere.');
  return address.port;
}

function ask(port: number, more: Partial<ProbeRequest> = {}) {
  return probe({
    checkId: 'check-1',
    type: 'HTTP',
    address: '127.0.0.1',
    port,
    path: '/health',
    host: undefined,
    searchString: undefined,
    signal: new AbortController().signal,
    ...more,
  });
}

describe('HTTP', () => {
  it.each([
    [200, true, 'Success: HTTP Status Code 200, OK'],
    [301, true, 'Success: HTTP Status Code 301, Moved Permanently'],
    [404, false, 'Failure: HTTP Status Code 404, Not Found'],
    [503, false, 'Failure: HTTP Status Code 503, Service Unavailable'],
  ])('status %i', async (code, success, status) => {
    const port = await listening(http.createServer((_, response) => response.writeHead(code).end()));
    expect(await ask(port)).toMatchObject({ success, status });
  });

  it('asks for the path with the host and says who it is', async () => {
    let seen: http.IncomingMessage | undefined;
    const port = await listening(
      http.createServer((request, response) => {
        seen = request;
        response.end();
      }),
    );
    const result = await ask(port, { host: 'shop.example', path: '/health?deep=1' });
    expect(seen?.url).toBe('/health?deep=1');
    expect(seen?.headers).toMatchObject({
      host: 'shop.example',
      'user-agent': expect.stringContaining('Amazon-Route53-Health-Check-Service (ref check-1'),
    });
    expect(result.connectMs).toBeGreaterThan(0);
    expect(result.firstByteMs).toBeGreaterThanOrEqual(result.connectMs ?? Number.NaN);
  });

  it('fails where nothing listens', async () => {
    const server = net.createServer();
    const port = await listening(server);
    server.close();
    await once(server, 'close');
    open.pop();
    expect(await ask(port)).toMatchObject({
      success: false,
      status: 'Failure: The endpoint refused the connection.',
    });
  });

  it('fails when the connection is dropped', async () => {
    const port = await listening(net.createServer((socket) => socket.destroy()));
    expect(await ask(port)).toMatchObject({ success: false, status: expect.stringContaining('ECONNRESET') });
  });

  it('gives a silent endpoint two seconds', async () => {
    const sockets: net.Socket[] = [];
    const port = await listening(net.createServer((socket) => void sockets.push(socket)));
    const startedAt = performance.now();
    const result = await ask(port);
    for (const socket of sockets) socket.destroy();
    expect(result).toMatchObject({
      success: false,
      status: expect.stringContaining('did not receive a response'),
    });
    expect(performance.now() - startedAt).toBeGreaterThan(1900);
    expect(performance.now() - startedAt).toBeLessThan(3500);
  });

  it('ends at once when the check is deleted', async () => {
    const stop = new AbortController();
    const port = await listening(
      net.createServer((socket) => socket.on('error', () => socket.destroy()).on('data', () => stop.abort())),
    );
    const startedAt = performance.now();
    expect((await ask(port, { signal: stop.signal })).success).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });
});

describe('search string', () => {
  const answering = (body: string) => listening(http.createServer((_, response) => response.end(body)));
  const match = { type: 'HTTP_STR_MATCH', searchString: 'all well' } as const;

  it('must be in the body', async () => {
    expect(await ask(await answering('status: all well'), match)).toMatchObject({ success: true });
    expect(await ask(await answering('status: poor'), match)).toMatchObject({
      success: false,
      status: expect.stringContaining('did not contain the search string'),
    });
  });

  it('must lie in the first 5,120 bytes', async () => {
    expect(await ask(await answering(`${'x'.repeat(5112)}all well`), match)).toMatchObject({ success: true });
    expect(await ask(await answering(`${'x'.repeat(5113)}all well`), match)).toMatchObject({
      success: false,
    });
  });
});

describe('TCP', () => {
  it('is healthy once connected', async () => {
    const port = await listening(net.createServer((socket) => socket.end()));
    expect(await ask(port, { type: 'TCP' })).toMatchObject({ success: true, connectMs: expect.any(Number) });
  });
});
