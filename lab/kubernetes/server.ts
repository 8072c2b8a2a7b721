import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { ServerCertificate } from '#lab/certificates/index.ts';
import type { OutageMode } from '#lab/kernel/chaos.ts';
import { listen, listenRemembered } from '#lab/kernel/ports.ts';
import type { Collection } from '#lab/kernel/state.ts';
import type { Reply } from './api/reply.ts';
import type { ApiRequest } from './api/request.ts';
import { badRequest, KubernetesFault } from './fault.ts';

export interface ApiServer {
  port: number;
  /** `drop` destroys every socket, `refuse` closes the listener, `hang` accepts and never answers; undefined: back as it was. */
  setOutage(mode: OutageMode | undefined): Promise<void>;
  /** Ends every connection, so that watchers list again. */
  disconnect(): void;
  close(): Promise<void>;
}

interface ApiServerOptions {
  name: string;
  certificate: ServerCertificate;
  ports: Collection<number>;
  answer: (request: ApiRequest) => Promise<Reply>;
  log: (message: string, fields: Record<string, unknown>) => void;
}

const HOST = '127.0.0.1';
const LARGEST_BODY_BYTES = 3 * 1024 * 1024;

/** An HTTPS server on loopback. Its listener is apart from TLS, so that an outage is seen as it is on a network. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { certificate, ports, name, answer, log } = options;
  const sockets = new Set<net.Socket>();
  let mode: OutageMode | undefined;
  const tls = https.createServer(
    { cert: certificate.certificate, key: certificate.key },
    (request, response) => {
      void handle(request, response, { answer, log, hung: () => mode === 'hang' });
    },
  );
  const listener = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (mode === 'drop') socket.resetAndDestroy();
    else if (mode === 'hang') socket.pause();
    else tls.emit('connection', socket);
  });
  const port = await listenRemembered(listener, { ports, name, host: HOST });

  function disconnect() {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    port,
    disconnect,
    async setOutage(next) {
      if (next === mode) return;
      const before = mode;
      mode = next;
      // A hung server keeps its connections and says nothing on them.
      if (next !== 'hang') disconnect();
      if (next === 'refuse') await closed(listener);
      else if (before === 'refuse') await listen(listener, port, HOST);
    },
    async close() {
      disconnect();
      tls.close();
      if (listener.listening) await closed(listener);
    },
  };
}

const closed = (server: net.Server) =>
  new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));

interface Handling extends Pick<ApiServerOptions, 'answer' | 'log'> {
  hung: () => boolean;
}

async function handle(incoming: IncomingMessage, response: ServerResponse, { answer, log, hung }: Handling) {
  try {
    const request = await readRequest(incoming);
    if (hung()) return;
    const reply = await answer(request);
    if (!hung()) send(response, reply, hung);
  } catch (error) {
    if (hung() || response.destroyed) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const fault = error instanceof KubernetesFault ? error : undefined;
    if (!fault)
      log(`${incoming.method} ${incoming.url} failed`, {
        error: String(error),
        stack: error instanceof Error ? error.stack : '',
      });
    const status = (
      fault ?? new KubernetesFault(500, 'InternalError', 'Internal error occurred in the lab')
    ).toStatus();
    send(response, { type: 'json', status: status.code, body: status }, hung);
  }
}

async function readRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes > LARGEST_BODY_BYTES) {
      throw new KubernetesFault(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${LARGEST_BODY_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  const url = parseUrl(incoming.url ?? '/');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname.replace(/\/+$/, '') || '/',
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function parseUrl(target: string): URL {
  const url = URL.parse(target, 'https://kubernetes');
  if (!url) throw badRequest('the request target cannot be read');
  return url;
}

function send(response: ServerResponse, reply: Reply, hung: () => boolean) {
  if (reply.type === 'stream') {
    response.writeHead(200, { 'content-type': reply.contentType });
    response.flushHeaders();
    const stop = reply.open({
      write: (text) => {
        if (!hung()) response.write(text);
      },
      end: () => {
        if (!hung()) response.end();
      },
    });
    response.once('close', stop);
    return;
  }
  const body = reply.type === 'json' ? JSON.stringify(reply.body) : reply.text;
  if (reply.type === 'json') {
    const warnings = (reply.warnings ?? []).map((warning) => `299 - ${JSON.stringify(warning)}`);
    if (warnings.length > 0) response.setHeader('warning', warnings);
  }
  response.writeHead(reply.status, {
    'content-type': reply.type === 'json' ? 'application/json' : 'text/plain',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
