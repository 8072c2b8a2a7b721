import { randomInt } from 'node:crypto';
import dnsPacket, { type DecodedPacket } from 'dns-packet';

export interface Question {
  name: string;
  /** Network of the person who asks, as a resolver passes it on (RFC 7871): `192.0.2.0/24`; null: does not say. */
  subnet: string | null;
}

/** What a message from a name server says to a question. */
export type Reply =
  | { kind: 'addresses'; addresses: string[] }
  /** The server could not or would not say. */
  | { kind: 'failure'; reason: string };

const UDP_PAYLOAD = 1_232;
const CLIENT_SUBNET = 8;
const IPV4 = 1;
const IDS = 65_536;
const CODE_MASK = 0x0f;
const CODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** Hard to guess, so that nobody else's datagram passes for the answer. */
export function randomId(taken: (id: number) => boolean): number {
  let id = randomInt(IDS);
  while (taken(id)) id = randomInt(IDS);
  return id;
}

export function encodeQuery(id: number, { name, subnet }: Question): Buffer {
  const [ip = '', prefix = '24'] = subnet?.split('/') ?? [];
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
        options:
          subnet === null
            ? []
            : [
                {
                  code: CLIENT_SUBNET,
                  family: IPV4,
                  ip,
                  sourcePrefixLength: Number(prefix),
                  scopePrefixLength: 0,
                },
              ],
      },
    ],
  });
}

/** The reply in a datagram with the id of its query, or undefined for what is none to this question. */
export function decodeReply(message: Buffer, { name }: Question): { id: number; reply: Reply } | undefined {
  const packet = decoded(message);
  if (packet?.type !== 'response' || packet.id === undefined) return undefined;
  const [asked] = packet.questions ?? [];
  if (asked?.name.toLowerCase() !== name.toLowerCase()) return undefined;
  return { id: packet.id, reply: replyOf(packet) };
}

function replyOf({ flags = 0, answers = [] }: DecodedPacket): Reply {
  const code = CODES[flags & CODE_MASK] ?? `code ${flags & CODE_MASK}`;
  if ((flags & dnsPacket.TRUNCATED_RESPONSE) !== 0) {
    return { kind: 'failure', reason: 'the answer was too long for a datagram' };
  }
  if (code !== 'NOERROR' && code !== 'NXDOMAIN') return { kind: 'failure', reason: code };
  const addresses = answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
  return { kind: 'addresses', addresses };
}

/** A datagram that is no DNS message answers nothing. */
function decoded(message: Buffer): DecodedPacket | undefined {
  try {
    return dnsPacket.decode(message);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
