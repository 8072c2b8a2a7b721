import dgram from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { UnansweredError } from '../../ports/aws.ts';
import { decodeReply, encodeQuery, type Question, type Reply, randomId } from './query.ts';
import { describeServers, type NameServer } from './servers.ts';

const TRIES = 3;
const TRY_MS = 800;
/** Under way at once: fast, and no flood. */
const AT_ONCE = 16;

export interface Asking {
  servers: readonly NameServer[];
  question: Question;
  times: number;
  abortSignal: AbortSignal;
  /** How long one server gets for one question, ms. */
  tryMs?: number;
}

/**
 * Asks so many times, each time anew and one server after the other, over UDP; the addresses of each answer, none where the
 * name has none. Rejects with an UnansweredError as soon as one question stays without an answer.
 */
export async function askRepeatedly(asking: Asking): Promise<string[][]> {
  const { servers, question, times, abortSignal, tryMs = TRY_MS } = asking;
  const lines = await openLines(servers, question);
  try {
    const answers: string[][] = [];
    let begun = 0;
    const worker = async () => {
      while (begun < times) {
        const turn = begun;
        begun += 1;
        answers.push(await askOnce(turn));
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, times) }, worker));
    return answers;
  } finally {
    for (const line of lines) line.close();
  }

  async function askOnce(turn: number): Promise<string[]> {
    let reason = 'no answer';
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      abortSignal.throwIfAborted();
      const reply = await lines[(turn + attempt) % lines.length]?.ask(tryMs);
      if (reply?.kind === 'addresses') return reply.addresses;
      reason = reply?.reason ?? 'no answer';
    }
    throw new UnansweredError(
      `The name servers ${describeServers(servers)} did not answer for ${question.name}: ${reason}`,
    );
  }
}

/** To every server that a datagram can be sent to at all: one of them is enough. */
async function openLines(servers: readonly NameServer[], question: Question): Promise<Line[]> {
  const tried = await Promise.allSettled(servers.map((server) => openLine(server, question)));
  const lines = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (lines.length > 0) return lines;
  const [failed] = tried.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  throw new UnansweredError(
    `No way leads to the name servers ${describeServers(servers)}: ${failed ?? 'none are named'}`,
  );
}

/** A way to one server. */
interface Line {
  /** Undefined when nothing came in time. */
  ask(tryMs: number): Promise<Reply | undefined>;
  close(): void;
}

/** Connected, so that datagrams of others do not get in. */
async function openLine({ host, port }: NameServer, question: Question): Promise<Line> {
  const socket = dgram.createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  const waiting = new Map<number, (reply: Reply) => void>();
  let closed = false;
  socket.on('message', (message) => {
    const found = decodeReply(message, question);
    if (found) waiting.get(found.id)?.(found.reply);
  });
  socket.connect(port, host);
  try {
    await once(socket, 'connect');
  } catch (error) {
    socket.close();
    throw error;
  }
  // A datagram that finds nobody comes back as an error of the socket; its question times out by itself.
  socket.on('error', () => undefined);
  return {
    ask: (tryMs) =>
      new Promise((resolve) => {
        if (closed) return resolve(undefined);
        const id = randomId((taken) => waiting.has(taken));
        const settle = (reply: Reply | undefined) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(reply);
        };
        const timer = setTimeout(() => settle(undefined), tryMs);
        waiting.set(id, settle);
        socket.send(encodeQuery(id, question));
      }),
    close() {
      closed = true;
      for (const settle of waiting.values()) settle({ kind: 'failure', reason: 'given up' });
      socket.close();
    },
  };
}
