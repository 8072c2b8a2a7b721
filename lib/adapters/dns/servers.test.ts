import dgram from 'node:dgram';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { UnansweredError } from '../../ports/aws.ts';
import { addressesOf, createResolver, describeServers, nameServersOf, parseNameServer } from './servers.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A name server on loopback with these records; another name has none (NXDOMAIN), `silent` it says nothing. */
async function serverWith(records: Answer[], options: { silent?: boolean } = {}) {
  const socket = dgram.createSocket('udp4');
  closing.push(() => socket.close());
  socket.on('message', (message, peer) => {
    if (options.silent) return;
    const { id, questions = [] } = dnsPacket.decode(message);
    const named = records.filter(({ name }) => name === questions[0]?.name);
    const reply: Packet = {
      type: 'response',
      id,
      flags: named.length > 0 ? 0 : 3,
      questions,
      answers: named.filter(({ type }) => type === questions[0]?.type),
    };
    socket.send(dnsPacket.encode(reply), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: socket.address().port };
}

describe('a name server’s address', () => {
  it.each([
    ['192.0.2.53', { host: '192.0.2.53', port: 53 }],
    ['192.0.2.53:5353', { host: '192.0.2.53', port: 5353 }],
    ['2001:db8::53', { host: '2001:db8::53', port: 53 }],
    ['[2001:db8::53]:5353', { host: '2001:db8::53', port: 5353 }],
  ])('%s', (text, server) => {
    expect(parseNameServer(text)).toEqual(server);
    expect(parseNameServer(describeServers([server]))).toEqual(server);
  });

  it.each(['dns.example', 'dns.example:53', '', '192.0.2.53:dns', '[192.0.2.53'])('is not %j', (text) => {
    expect(() => parseNameServer(text)).toThrow('is not the address of a name server');
  });
});

describe('the zone’s own name servers', () => {
  const ns = (data: string): Answer => ({ type: 'NS', name: 'shop.example', data });
  const a = (name: string, data: string): Answer => ({ type: 'A', name, data });

  it('are found as every resolver finds them; one without an address is left out', async () => {
    const resolver = createResolver([
      await serverWith([
        ns('ns-1.example.net'),
        ns('ns-2.example.org'),
        ns('ns-3.example.com'),
        a('ns-1.example.net', '192.0.2.1'),
        a('ns-2.example.org', '192.0.2.2'),
      ]),
    ]);
    const found = await nameServersOf('shop.example', resolver);
    expect(found.map(({ host }) => host).sort()).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(found.every(({ port }) => port === 53)).toBe(true);
  });

  it('that have no address are not there', async () => {
    const resolver = createResolver([await serverWith([ns('ns-1.example.net')])]);
    await expect(nameServersOf('shop.example', resolver)).rejects.toBeInstanceOf(UnansweredError);
  });
});

describe('an address', () => {
  it('that a name has not is none; that nobody tells is unknown', async () => {
    const knowing = createResolver([
      await serverWith([{ type: 'A', name: 'lb.example', data: '192.0.2.7' }]),
    ]);
    expect(await addressesOf('lb.example', knowing)).toEqual(['192.0.2.7']);
    expect(await addressesOf('gone.example', knowing)).toEqual([]);
    const silent = createResolver([await serverWith([], { silent: true })], 250);
    await expect(addressesOf('lb.example', silent)).rejects.toThrow(/The address of lb.example could not be/);
  });
});
