import dgram from 'node:dgram';
import dnsPacket, { type Packet } from 'dns-packet';

export interface DnsAnswer {
  addresses: string[];
  /** The shortest of the answer's records. */
  ttlSeconds: number;
}

/** Asks one name server over UDP, on behalf of resolvers in different networks. */
export interface DnsClient {
  /** A records of `name` as a resolver in `subnet` (`10.70.12.0/24`) gets them. Throws a DnsError without an address. */
  lookUp(name: string, subnet: string): Promise<DnsAnswer>;
  close(): void;
}

export class DnsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DnsError';
  }
}

const ATTEMPTS = 3;
const ATTEMPT_MS = 800;
const UDP_PAYLOAD = 1232;
const NO_ERROR = 0;
const RESPONSE_CODE_MASK = 0x0f;
const IDS = 65_536;
/** EDNS option of RFC 7871. */
const CLIENT_SUBNET = 8;

type Waiting = (reply: Packet) => void;

export async function createDnsClient(server: { host: string; port: number }): Promise<DnsClient> {
  const socket = dgram.createSocket('udp4');
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  socket.on('message', (message) => {
    const reply = decode(message);
    if (reply?.id !== undefined) waiting.get(reply.id)?.(reply);
  });
  // A datagram that finds no server comes back as an error of the socket; the waiting query times out by itself.
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(server.port, server.host, () => {
      socket.off('error', reject);
      resolve();
    });
  });

  function freeId(): number {
    do lastId = (lastId + 1) % IDS;
    while (waiting.has(lastId));
    return lastId;
  }

  function askOnce(name: string, subnet: string): Promise<Packet | undefined> {
    const id = freeId();
    return new Promise((resolve) => {
      const settle = (reply: Packet | undefined) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(reply);
      };
      const timer = setTimeout(() => settle(undefined), ATTEMPT_MS);
      waiting.set(id, settle);
      socket.send(query(id, name, subnet));
    });
  }

  return {
    async lookUp(name, subnet) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const reply = await askOnce(name, subnet);
        if (reply) return answerOf(reply, name);
      }
      throw new DnsError(`No answer for ${name} after ${ATTEMPTS} attempts.`);
    },
    close: () => socket.close(),
  };
}

function query(id: number, name: string, subnet: string): Buffer {
  const [ip, prefix] = subnet.split('/');
  return dnsPacket.encode({
    type: 'query',
    id,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: 'A', name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: UDP_PAYLOAD,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [
          {
            code: CLIENT_SUBNET,
            family: 1,
            ip,
            sourcePrefixLength: Number(prefix ?? 24),
            scopePrefixLength: 0,
          },
        ],
      },
    ],
  });
}

/** A datagram that is no DNS message answers nothing. */
function decode(message: Buffer): Packet | undefined {
  try {
    return dnsPacket.decode(message);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function answerOf(reply: Packet, name: string): DnsAnswer {
  const code = (reply.flags ?? 0) & RESPONSE_CODE_MASK;
  const records = (reply.answers ?? []).flatMap((answer) =>
    answer.type === 'A' ? [{ address: answer.data, ttl: answer.ttl ?? 0 }] : [],
  );
  if (code !== NO_ERROR || records.length === 0) {
    throw new DnsError(`${name} has no address (response code ${code}).`);
  }
  return {
    addresses: records.map((record) => record.address),
    ttlSeconds: Math.min(...records.map((record) => record.ttl)),
  };
}
