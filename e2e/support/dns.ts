import dgram from 'node:dgram';
import { once } from 'node:events';
import dnsPacket from 'dns-packet';

interface Question {
  server: { host: string; port: number };
  name: string;
  /** Network of the person who asks, as a resolver would pass it on (RFC 7871). */
  subnet: string;
  count: number;
}

const ANSWER_MS = 2_000;
/** EDNS option of RFC 7871. */
const CLIENT_SUBNET = 8;

/** Asks the name server so many times, each time anew, and returns the first address of each answer. */
export async function addressesFor({ server, name, subnet, count }: Question): Promise<string[]> {
  const socket = dgram.createSocket('udp4');
  try {
    socket.connect(server.port, server.host);
    await once(socket, 'connect');
    const addresses: string[] = [];
    for (let id = 1; id <= count; id += 1) {
      socket.send(encodeQuestion(id, name, subnet));
      const [message] = await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
      addresses.push(firstAddress(message));
    }
    return addresses;
  } finally {
    socket.close();
  }
}

function encodeQuestion(id: number, name: string, subnet: string): Buffer {
  return dnsPacket.encode({
    type: 'query',
    id,
    questions: [{ type: 'A', name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [
          { code: CLIENT_SUBNET, family: 1, ip: subnet, sourcePrefixLength: 24, scopePrefixLength: 0 },
        ],
      },
    ],
  });
}

function firstAddress(message: Buffer): string {
  const answer = dnsPacket.decode(message).answers?.find(({ type }) => type === 'A');
  if (answer?.type !== 'A') throw new Error('The name server answered without an address.');
  return answer.data;
}
