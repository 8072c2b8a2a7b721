import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { exchange, serverFailure } from './message.ts';
import type { Resolver } from './resolver.ts';

/** Route 53's own metrics exist in us-east-1 only. */
const METRICS_REGION = 'us-east-1';
const HOST = '127.0.0.1';
const TCP_IDLE_MS = 10_000;
const MAX_MESSAGE_OCTETS = 65_535;

export interface DnsServer {
  host: string;
  /** The same for UDP and TCP; kept over restarts while it stays free. */
  port: number;
  part: LabPart;
}

/** Starts the name server on one port for UDP and TCP and counts queries as AWS/Route53 DNSQueries. */
export async function startDns(ctx: LabContext, resolver: Resolver): Promise<DnsServer> {
  const remembered = ctx.state.collection<number>('dns-port');
  const answer: AnswerMessage = (message, peer, transport) => {
    try {
      const { reply, zoneId } = exchange(message, { peer, transport }, resolver);
      if (zoneId !== undefined) countQuery(ctx, zoneId);
      return reply;
    } catch (error) {
      ctx.log('dns', 'could not answer a query; SERVFAIL sent', { peer, error: String(error) });
      return serverFailure(message);
    }
  };
  const report = (error: Error) => ctx.log('dns', 'a socket failed', { error: String(error) });
  const sockets = await bindBoth(remembered.get('port') ?? 0, answer, report);
  remembered.put('port', sockets.port);
  ctx.log('dns', 'answers', { host: HOST, port: sockets.port });
  return {
    host: HOST,
    port: sockets.port,
    part: {
      close: sockets.close,
      reset: async () => remembered.put('port', sockets.port),
    },
  };
}

function countQuery(ctx: LabContext, zoneId: string) {
  const id = {
    region: METRICS_REGION,
    namespace: 'AWS/Route53',
    name: 'DNSQueries',
    dimensions: { HostedZoneId: zoneId },
  };
  ctx.metrics.record(id, 'Count', 1);
}

type AnswerMessage = (message: Buffer, peer: string, transport: 'udp' | 'tcp') => Buffer | undefined;

interface BoundSockets {
  port: number;
  close(): Promise<void>;
}

const ATTEMPTS = 20;

/** A TCP port may be free where its UDP twin is not, so a few are tried; a remembered port that is taken gives way to another. */
async function bindBoth(
  wanted: number,
  answer: AnswerMessage,
  report: (error: Error) => void,
): Promise<BoundSockets> {
  let lastProblem: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      const stream = await listenStream(attempt === 0 ? wanted : 0, answer, report);
      const datagrams = await bindDatagrams(stream.port, answer).catch(async (error) => {
        await stream.close();
        throw error;
      });
      datagrams.on('error', report);
      return { port: stream.port, close: () => closeAll(stream, datagrams) };
    } catch (error) {
      lastProblem = error;
    }
  }
  throw new Error(
    `The lab's DNS server found no port free for both UDP and TCP on ${HOST}: ${String(lastProblem)}`,
  );
}

async function bindDatagrams(port: number, answer: AnswerMessage): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  socket.bind(port, HOST);
  try {
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('message', (message, peer) => {
    const reply = answer(message, peer.address, 'udp');
    if (reply) socket.send(reply, peer.port, peer.address);
  });
  return socket;
}

/** Resolves once it listens; `close` also ends the connections that are open. */
async function listenStream(
  port: number,
  answer: AnswerMessage,
  report: (error: Error) => void,
): Promise<BoundSockets> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serveStream(socket, answer);
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  server.on('error', report);
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('The DNS server listens on no TCP port.');
  return {
    port: address.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Messages over TCP come behind a two-octet length (RFC 1035, 4.2.2). */
function serveStream(socket: net.Socket, answer: AnswerMessage) {
  let pending = Buffer.alloc(0);
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const reply = answer(pending.subarray(2, end), socket.remoteAddress ?? HOST, 'tcp');
      pending = pending.subarray(end);
      if (!reply || reply.length > MAX_MESSAGE_OCTETS) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    }
  });
}

async function closeAll(stream: BoundSockets, datagrams: dgram.Socket): Promise<void> {
  const datagramsClosed = once(datagrams, 'close');
  datagrams.close();
  await Promise.all([stream.close(), datagramsClosed]);
}
