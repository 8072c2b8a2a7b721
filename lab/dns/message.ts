import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { type Location, locate } from './geo.ts';
import { toAnswer } from './record-data.ts';
import type { Resolution, Resolver } from './resolver.ts';

const CODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const BADVERS_HIGH_BITS = 1;
const OPCODE_MASK = 0x7800;
const HEADER_OCTETS = 12;
const CLIENT_SUBNET = 8;
const IPV4 = 1;

/** What we can send and take over UDP without fragments (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;
const UDP_PAYLOAD_WITHOUT_EDNS = 512;
/** The lab's table tells places apart by /24. */
const PLACE_PREFIX = 24;

interface Edns {
  version: number;
  udpPayload: number;
  subnet: { ip: string; family: number; sourcePrefixLength: number } | undefined;
}

export interface Exchange {
  /** Absent: nothing to answer (a response, or too short to have an id). */
  reply: Buffer | undefined;
  /** The zone that answered, for counting. */
  zoneId: string | undefined;
}

/** Answers one DNS message from `peer`; one that cannot be understood gets FORMERR. Throws only if a zone holds a value that its type cannot. */
export function exchange(
  message: Buffer,
  from: { peer: string; transport: 'udp' | 'tcp' },
  resolver: Resolver,
): Exchange {
  if (message.length < HEADER_OCTETS || isResponse(message)) return { reply: undefined, zoneId: undefined };
  let query: DecodedPacket;
  try {
    query = decode(message);
  } catch {
    // Whatever dns-packet could not read is the sender's format error; the header alone is enough to say so.
    return { reply: bareReply(message, CODES.FORMERR), zoneId: undefined };
  }
  return answer(query, message, from, resolver);
}

function answer(
  query: DecodedPacket,
  message: Buffer,
  from: { peer: string; transport: 'udp' | 'tcp' },
  resolver: Resolver,
): Exchange {
  const edns = ednsOf(query);
  const [question, ...more] = query.questions ?? [];
  const refuse = (code: number, extended = 0) => ({
    reply: encode(replyTo(query, edns, { code, extended })),
    zoneId: undefined,
  });
  if (((query.flags ?? 0) & OPCODE_MASK) !== 0)
    return { reply: bareReply(message, CODES.NOTIMP), zoneId: undefined };
  if (!question || more.length > 0) return refuse(CODES.FORMERR);
  if (edns && edns.version > 0) return refuse(CODES.NOERROR, BADVERS_HIGH_BITS);
  if ((question.class ?? 'IN') !== 'IN' || question.type === 'AXFR' || question.type === 'IXFR')
    return refuse(CODES.REFUSED);

  const resolution = resolver.resolve(question.name, question.type, placeOf(edns, from.peer));
  const packet = replyTo(query, edns, {
    code: CODES[resolution.code],
    answers: resolution.answers.map(toAnswer),
    authorities: resolution.authority.map(toAnswer),
    authoritative: resolution.zoneId !== undefined,
    scope: scopeOf(resolution, edns),
  });
  return { reply: fitted(packet, from.transport, edns), zoneId: resolution.zoneId };
}

function isResponse(message: Buffer): boolean {
  return (message.readUInt8(2) & 0x80) !== 0;
}

/** The reply when answering failed on our side. */
export function serverFailure(message: Buffer): Buffer {
  return bareReply(message, CODES.SERVFAIL);
}

/** A header-only reply made from the query's own header. */
function bareReply(message: Buffer, code: number): Buffer {
  const reply = Buffer.alloc(HEADER_OCTETS);
  message.copy(reply, 0, 0, 4);
  reply.writeUInt8((message.readUInt8(2) & 0x79) | 0x80, 2);
  reply.writeUInt8(code, 3);
  return reply;
}

function ednsOf(query: DecodedPacket): Edns | undefined {
  const opt = query.additionals?.find((record) => record.type === 'OPT');
  if (!opt) return undefined;
  const option = opt.options.find((candidate) => candidate.code === CLIENT_SUBNET);
  const subnet =
    option && 'ip' in option && option.ip !== undefined
      ? { ip: option.ip, family: option.family ?? IPV4, sourcePrefixLength: option.sourcePrefixLength ?? 0 }
      : undefined;
  return { version: opt.ednsVersion, udpPayload: opt.udpPayloadSize, subnet };
}

/** The client subnet if the resolver sent one (a /0 means "do not use one": RFC 7871, 7.1.2), else the resolver itself. */
function placeOf(edns: Edns | undefined, peer: string): Location | undefined {
  const subnet = edns?.subnet;
  return locate(subnet && subnet.sourcePrefixLength > 0 ? subnet.ip : peer);
}

/** 0: the answer serves everyone. A place-dependent answer holds for the /24. */
function scopeOf(resolution: Resolution, edns: Edns | undefined): number {
  const subnet = edns?.subnet;
  const placed = resolution.dependsOnPlace && subnet?.family === IPV4 && subnet.sourcePrefixLength > 0;
  return placed ? PLACE_PREFIX : 0;
}

interface ReplyParts {
  code: number;
  extended?: number;
  answers?: Answer[];
  authorities?: Answer[];
  authoritative?: boolean;
  scope?: number;
}

function replyTo(query: DecodedPacket, edns: Edns | undefined, parts: ReplyParts): Packet {
  const recursionDesired = (query.flags ?? 0) & RECURSION_DESIRED;
  return {
    type: 'response',
    id: query.id,
    flags: recursionDesired | (parts.authoritative ? AUTHORITATIVE_ANSWER : 0) | parts.code,
    questions: query.questions,
    answers: parts.answers ?? [],
    authorities: parts.authorities ?? [],
    additionals: edns ? [optRecord(edns, parts.scope ?? 0, parts.extended ?? 0)] : [],
  };
}

function optRecord(edns: Edns, scope: number, extendedRcode: number): Answer {
  const { subnet } = edns;
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_PAYLOAD,
    extendedRcode,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: subnet
      ? [{ code: CLIENT_SUBNET, type: 'CLIENT_SUBNET', ...subnet, scopePrefixLength: scope }]
      : [],
  };
}

/** Over UDP, what does not fit is cut to nothing with TC set, so that the resolver comes back by TCP. */
function fitted(packet: Packet, transport: 'udp' | 'tcp', edns: Edns | undefined): Buffer {
  const whole = encode(packet);
  if (transport === 'tcp') return whole;
  const limit = edns
    ? Math.min(UDP_PAYLOAD, Math.max(UDP_PAYLOAD_WITHOUT_EDNS, edns.udpPayload))
    : UDP_PAYLOAD_WITHOUT_EDNS;
  if (whole.length <= limit) return whole;
  return encode({ ...packet, flags: (packet.flags ?? 0) | TRUNCATED_RESPONSE, answers: [], authorities: [] });
}
