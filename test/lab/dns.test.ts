import { execFile } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { promisify } from 'node:util';
import {
  type DecodedPacket,
  decode,
  encode,
  type OptAnswer,
  type Packet,
  RECURSION_DESIRED,
  streamDecode,
  streamEncode,
} from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomSubnet } from '#lab/dns/geo.ts';
import { type DnsServer, startDns } from '#lab/dns/server.ts';
import { createRandom } from '#lab/kernel/random.ts';
import {
  createDnsLab,
  type DnsLab,
  loadBalancerAddress,
  ORIGIN,
  shippedEstate,
  simpleA,
  weightChanges,
  ZONE,
} from './support/dns-lab.ts';
import { missingTools } from './support/tools.ts';

const estate = shippedEstate();
const US = loadBalancerAddress(estate, 'us-east-1');
const EU = loadBalancerAddress(estate, 'eu-west-1');
const AP = loadBalancerAddress(estate, 'ap-southeast-1');
let lab: DnsLab;
let dns: DnsServer;

beforeAll(async () => {
  lab = createDnsLab();
  dns = await startDns(lab.ctx, lab.route53.resolver);
  await lab.change([
    simpleA('CREATE', 'many.shop.example', ...Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`)),
    record('text.shop.example', 'TXT', '"v=1 \\"x\\"" "second"'),
    record('mail.shop.example', 'MX', '10 mx.shop.example.'),
    record('srv.shop.example', 'SRV', '1 2 443 www.shop.example.'),
    record('caa.shop.example', 'CAA', '0 issue "letsencrypt.org"'),
    record('six.shop.example', 'AAAA', '2001:db8::1'),
    record('alias.shop.example', 'CNAME', `na.${ORIGIN}`),
    simpleA('CREATE', '*.wild.shop.example', '192.0.2.77'),
  ]);
  lab.clock.advance(60_000);
});
afterAll(async () => {
  await dns.part.close();
  await lab.close();
});

function record(Name: string, Type: 'TXT' | 'MX' | 'SRV' | 'CAA' | 'AAAA' | 'CNAME', Value: string) {
  return {
    Action: 'CREATE' as const,
    ResourceRecordSet: { Name, Type, TTL: 60, ResourceRecords: [{ Value }] },
  };
}

async function overUdp(message: Buffer): Promise<Buffer> {
  const socket = dgram.createSocket('udp4');
  socket.send(message, dns.port, dns.host);
  const [reply] = await once(socket, 'message', { signal: AbortSignal.timeout(2000) });
  socket.close();
  return reply;
}

function query(name: string, type: 'A' | 'TXT' = 'A', subnet?: string, more: Partial<Packet> = {}): Buffer {
  const [ip, prefix] = subnet?.split('/') ?? [];
  const opt: OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [
      { code: 8, type: 'CLIENT_SUBNET', ip, sourcePrefixLength: Number(prefix), scopePrefixLength: 0 },
    ],
  };
  return encode({
    type: 'query',
    id: 99,
    flags: RECURSION_DESIRED,
    questions: [{ name, type }],
    additionals: ip === undefined ? [] : [opt],
    ...more,
  });
}

async function ask(...parameters: Parameters<typeof query>): Promise<DecodedPacket & { rcode?: string }> {
  return decode(await overUdp(query(...parameters)));
}
const addresses = (packet: Packet) =>
  (packet.answers ?? []).flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
function subnetOf(packet: Packet) {
  const opt = packet.additionals?.find((additional) => additional.type === 'OPT');
  return opt?.type === 'OPT' ? opt.options[0] : undefined;
}

describe('by place', () => {
  it.each([
    ['192.0.2.0/24', US],
    ['203.0.113.0/24', EU],
    ['198.51.100.0/24', AP],
    ['10.131.0.0/24', EU],
    ['10.134.0.0/24', EU],
    ['10.195.0.0/24', AP],
    ['10.0.0.0/24', US],
  ])("%s is answered with %s for the estate's TTL", async (subnet, address) => {
    const packet = await ask(ORIGIN, 'A', subnet);
    expect(addresses(packet)).toEqual([address]);
    expect(packet).toMatchObject({
      id: 99,
      flag_aa: true,
      flag_rd: true,
      rcode: 'NOERROR',
      answers: [{ ttl: estate.dns.ttlSeconds }],
    });
  });

  it('scopes to the /24 only what depends on the place', async () => {
    expect(subnetOf(await ask(ORIGIN, 'A', '192.0.2.0/24'))).toMatchObject({
      ip: '192.0.2.0',
      sourcePrefixLength: 24,
      scopePrefixLength: 24,
    });
    expect(subnetOf(await ask(`na.${ORIGIN}`, 'A', '192.0.2.0/24'))).toMatchObject({ scopePrefixLength: 0 });
    expect(subnetOf(await ask('gone.shop.example', 'A', '192.0.2.0/24'))).toMatchObject({
      scopePrefixLength: 0,
    });
    expect(subnetOf(await ask(ORIGIN, 'A', '0.0.0.0/0'))).toMatchObject({ scopePrefixLength: 0 });
    expect(subnetOf(await ask(ORIGIN))).toBeUndefined();
  });

  it("every geography's shoppers reach their home Region", async () => {
    const random = createRandom(11);
    for (const geography of estate.geographies) {
      const seen = new Set<string>();
      for (let i = 0; i < 40; i++) {
        for (const address of addresses(await ask(ORIGIN, 'A', randomSubnet(geography.key, random))))
          seen.add(address);
      }
      expect([...seen]).toEqual([loadBalancerAddress(estate, geography.homeRegion)]);
    }
  });
});

describe('weights on the wire', () => {
  it('split answers as configured, once published, and go back', async () => {
    await lab.change(weightChanges(estate, 'ap', { 'us-east-1': 50, 'eu-west-1': 0, 'ap-southeast-1': 150 }));
    lab.clock.advance(60_000);
    const random = createRandom(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 1000; i++) {
      const [address = ''] = addresses(await ask(ORIGIN, 'A', randomSubnet('ap', random)));
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    expect(counts.get(EU)).toBeUndefined();
    expect((counts.get(US) ?? 0) / 1000).toBeGreaterThan(0.2);
    expect((counts.get(US) ?? 0) / 1000).toBeLessThan(0.3);
    await lab.change(weightChanges(estate, 'ap', { 'us-east-1': 0, 'ap-southeast-1': 200 }));
    lab.clock.advance(60_000);
    expect(addresses(await ask(ORIGIN, 'A', '198.51.100.0/24'))).toEqual([AP]);
  });
});

describe('the protocol', () => {
  it('truncates over UDP and answers whole over TCP', async () => {
    const cut = await ask('many.shop.example');
    expect(cut).toMatchObject({ flag_tc: true, answers: [] });
    const socket = net.connect(dns.port, dns.host);
    socket.write(
      streamEncode({ type: 'query', id: 5, questions: [{ name: 'many.shop.example', type: 'A' }] }),
    );
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 + received.readUInt16BE(0)) break;
    }
    expect(addresses(streamDecode(received))).toHaveLength(100);
  });

  it('answers several messages of one TCP connection, also when they come in pieces', async () => {
    const socket = net.connect(dns.port, dns.host);
    const two = Buffer.concat(
      [1, 2].map((id) =>
        streamEncode({ type: 'query', id, questions: [{ name: `na.${ORIGIN}`, type: 'A' }] }),
      ),
    );
    socket.write(two.subarray(0, 7));
    await once(socket, 'connect');
    socket.write(two.subarray(7));
    const ids: (number | undefined)[] = [];
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        ids.push(streamDecode(received).id);
        received = received.subarray(2 + received.readUInt16BE(0));
      }
      if (ids.length === 2) break;
    }
    expect(ids).toEqual([1, 2]);
  });

  it.each([
    ['NXDOMAIN', 'gone.shop.example', ['SOA']],
    ['NOERROR', `nodata.wild.shop.example`, []],
    ['REFUSED', 'www.example.com', []],
  ])('%s for %s', async (rcode, name, authorities) => {
    const packet = await ask(name);
    expect(packet).toMatchObject({ rcode, flag_aa: rcode !== 'REFUSED' });
    expect(packet.authorities?.map((authority) => authority.type)).toEqual(authorities);
  });

  it('answers what it cannot read with FORMERR, what it does not do with NOTIMP, and responses not at all', async () => {
    const broken = Buffer.concat([query('x.shop.example').subarray(0, 12), Buffer.from([63, 1, 2])]);
    expect(decode(await overUdp(broken))).toMatchObject({ id: 99, rcode: 'FORMERR' });
    expect(decode(await overUdp(query('x.shop.example', 'A', undefined, { flags: 4 << 11 })))).toMatchObject({
      rcode: 'NOTIMP',
    });
    expect(decode(await overUdp(query('x.shop.example', 'A', undefined, { questions: [] })))).toMatchObject({
      rcode: 'FORMERR',
    });
    const socket = dgram.createSocket('udp4');
    socket.send(encode({ type: 'response', id: 1, questions: [] }), dns.port, dns.host);
    socket.send(Buffer.from('short'), dns.port, dns.host);
    socket.send(query(`na.${ORIGIN}`), dns.port, dns.host);
    const [only] = await once(socket, 'message', { signal: AbortSignal.timeout(2000) });
    socket.close();
    expect(decode(only)).toMatchObject({ id: 99, rcode: 'NOERROR' });
  });

  it('encodes every type it serves', async () => {
    const types = ['TXT', 'MX', 'SRV', 'CAA', 'AAAA', 'CNAME', 'NS', 'SOA'] as const;
    const owners: Record<(typeof types)[number], string> = {
      TXT: 'text.shop.example',
      MX: 'mail.shop.example',
      SRV: 'srv.shop.example',
      CAA: 'caa.shop.example',
      AAAA: 'six.shop.example',
      CNAME: 'alias.shop.example',
      NS: 'shop.example',
      SOA: 'shop.example',
    };
    for (const type of types) {
      const packet = decode(
        await overUdp(encode({ type: 'query', id: 1, questions: [{ name: owners[type], type }] })),
      );
      expect(packet.answers?.[0]?.type).toBe(type);
    }
    const text = await ask('text.shop.example', 'TXT');
    expect(text.answers?.[0]).toMatchObject({ data: [Buffer.from('v=1 "x"'), Buffer.from('second')] });
  });

  it('counts queries per zone in us-east-1', () => {
    const id = {
      region: 'us-east-1',
      namespace: 'AWS/Route53',
      name: 'DNSQueries',
      dimensions: { HostedZoneId: ZONE },
    };
    const points = lab.ctx.metrics.query(
      id,
      'Sum',
      60,
      lab.clock.now() - 3_600_000,
      lab.clock.now() + 60_000,
    );
    expect(points.reduce((sum, point) => sum + point.value, 0)).toBeGreaterThan(1000);
  });
});

describe('the port', () => {
  it('is kept over a restart and given up when it is taken', async () => {
    const other = createDnsLab();
    const first = await startDns(other.ctx, other.route53.resolver);
    await first.part.close();
    const second = await startDns(other.ctx, other.route53.resolver);
    expect(second.port).toBe(first.port);
    await second.part.close();
    const squatter = net.createServer().listen(first.port, first.host);
    await once(squatter, 'listening');
    const third = await startDns(other.ctx, other.route53.resolver);
    expect(third.port).not.toBe(first.port);
    await third.part.close();
    squatter.close();
    await other.close();
  });
});

const missing = missingTools('dig');

describe.skipIf(missing.length > 0)('dig agrees', () => {
  const dig = async (...words: string[]) => {
    const { stdout } = await promisify(execFile)('dig', [
      `@${dns.host}`,
      '-p',
      String(dns.port),
      '+time=2',
      '+tries=1',
      ...words,
    ]);
    return stdout.trim();
  };

  it('on places', async () => {
    expect(await dig('+short', 'origin.shop.example', '+subnet=192.0.2.7/24')).toBe(US);
    expect(await dig('+short', 'origin.shop.example', '+subnet=203.0.113.7/24')).toBe(EU);
    expect(await dig('+short', 'origin.shop.example', '+subnet=198.51.100.7/24')).toBe(AP);
    expect(await dig('origin.shop.example', '+subnet=203.0.113.7/24')).toMatch(
      /CLIENT-SUBNET: 203\.0\.113\.0\/24\/24/,
    );
  });

  it('on truncation: it comes back by TCP by itself', async () => {
    expect((await dig('+short', 'many.shop.example')).split('\n')).toHaveLength(100);
  });

  it('on codes and sections', async () => {
    expect(await dig('gone.shop.example')).toMatch(/status: NXDOMAIN[\s\S]*AUTHORITY SECTION[\s\S]*SOA/);
    expect(await dig('www.example.com')).toMatch(/status: REFUSED/);
    expect(await dig('+short', 'text.shop.example', 'TXT')).toBe('"v=1 \\"x\\"" "second"');
    expect(await dig('+short', 'caa.shop.example', 'CAA')).toBe('0 issue "letsencrypt.org"');
    expect(await dig('+edns=1', '+noednsnegotiation', 'origin.shop.example')).toMatch(/status: BADVERS/);
    expect(await dig('+short', 'any.thing.wild.shop.example')).toBe('192.0.2.77');
  });

  it('on a CNAME into the weighted set', async () => {
    expect((await dig('+short', 'alias.shop.example')).split('\n')).toEqual(['na.origin.shop.example.', US]);
  });
});
