import dgram from 'node:dgram';
import dnsPacket, { type DecodedPacket, type Packet } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { UnansweredError } from '../../ports/aws.ts';
import { askRepeatedly } from './ask.ts';
import type { NameServer } from './servers.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that makes these datagrams of a query. */
async function serverThat(answers: (query: DecodedPacket, raw: Buffer) => Buffer[]): Promise<NameServer> {
  const socket = dgram.createSocket('udp4');
  closing.push(() => socket.close());
  socket.on('message', (message, peer) => {
    for (const reply of answers(dnsPacket.decode(message), message)) {
      socket.send(reply, peer.port, peer.address);
    }
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: socket.address().port };
}

function reply(
  { id, questions }: DecodedPacket,
  change: Partial<Packet> & { address?: string } = {},
): Buffer {
  const { address, ...rest } = change;
  return dnsPacket.encode({
    type: 'response',
    id,
    questions,
    answers: address ? [{ type: 'A', name: questions?.[0]?.name ?? '', ttl: 5, data: address }] : [],
    ...rest,
  });
}

const question = { name: 'origin.shop.example', subnet: '192.0.2.0/24' };
/** Whoever answers does so in this, on a busy machine too; who is silent is given up after the other. */
const PATIENT_MS = 5_000;
const SHORT_MS = 150;
const abortSignal = new AbortController().signal;
const ask = (servers: NameServer[], times: number, tryMs = PATIENT_MS) =>
  askRepeatedly({ servers, question, times, abortSignal, tryMs });

describe('asking again and again', () => {
  it('sends the network of the one who asks, and gives every answer', async () => {
    const subnets = new Set<string>();
    let turn = 0;
    const server = await serverThat((query) => {
      const option = query.additionals?.flatMap((extra) => (extra.type === 'OPT' ? extra.options : []))[0];
      if (option && 'ip' in option) subnets.add(`${option.ip}/${option.sourcePrefixLength}`);
      turn += 1;
      return [reply(query, { address: turn % 2 === 0 ? '192.0.2.10' : '192.0.2.20' })];
    });
    const answers = await ask([server], 40);
    expect(answers).toHaveLength(40);
    expect(answers.filter(([address]) => address === '192.0.2.10')).toHaveLength(20);
    expect([...subnets]).toEqual(['192.0.2.0/24']);
  });

  it('takes no address for an answer too: a name without one, and one that is not there', async () => {
    const server = await serverThat((query) => [reply(query)]);
    expect(await ask([server], 2)).toEqual([[], []]);
    const nowhere = await serverThat((query) => [reply(query, { flags: 3 })]);
    expect(await ask([nowhere], 1)).toEqual([[]]);
  });

  it('goes to the next server when one refuses, or says nothing', async () => {
    let silences = 0;
    const refusing = await serverThat((query) => [reply(query, { flags: 5 })]);
    const silent = await serverThat(() => {
      silences += 1;
      return [];
    });
    const good = await serverThat((query) => [reply(query, { address: '192.0.2.10' })]);
    expect(await ask([refusing, good], 6)).toEqual(Array(6).fill(['192.0.2.10']));
    expect(await ask([silent, good], 2, 500)).toEqual(Array(2).fill(['192.0.2.10']));
    expect(silences).toBeGreaterThan(0);
  });

  it.each<[string, (query: DecodedPacket, raw: Buffer) => Buffer[]]>([
    ['nothing', () => []],
    ['garbage', () => [Buffer.from('hello')]],
    ['the query itself', (_query, raw) => [raw]],
    [
      'another id',
      (query) => [reply({ ...query, id: ((query.id ?? 0) + 1) % 65_536 }, { address: '192.0.2.1' })],
    ],
    [
      'an answer to another question',
      (query) => [
        reply({ ...query, questions: [{ type: 'A', name: 'other.example' }] }, { address: '192.0.2.1' }),
      ],
    ],
    ['its own failure', (query) => [reply(query, { flags: 2 })]],
    [
      'what was cut off',
      (query) => [reply(query, { flags: dnsPacket.TRUNCATED_RESPONSE, address: '192.0.2.1' })],
    ],
  ])('is unknown when a server answers with %s', async (_what, answers) => {
    await expect(ask([await serverThat(answers)], 1, SHORT_MS)).rejects.toBeInstanceOf(UnansweredError);
  });

  it('passes over what is no answer and takes the one that is', async () => {
    const server = await serverThat((query) => [Buffer.from('x'), reply(query, { address: '192.0.2.10' })]);
    expect(await ask([server], 1)).toEqual([['192.0.2.10']]);
  });

  it('ends when its caller’s patience does', async () => {
    const giveUp = new AbortController();
    const silent = await serverThat(() => {
      giveUp.abort(new UnansweredError('over'));
      return [];
    });
    const asked = askRepeatedly({
      servers: [silent],
      question,
      times: 1,
      abortSignal: giveUp.signal,
      tryMs: SHORT_MS,
    });
    await expect(asked).rejects.toThrow('over');
  });
});
