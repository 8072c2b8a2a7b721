import http from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  GetChangeCommand,
  GetHealthCheckStatusCommand,
  type HealthCheckConfig,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { randomSubnet } from '#lab/dns/geo.ts';
import { type DnsServer, startDns } from '#lab/dns/server.ts';
import type { OutageMode } from '#lab/kernel/chaos.ts';
import { createDnsClient, type DnsClient } from '#lab/load/dns-client.ts';
import { createRoute53, type Route53 } from '#lab/route53/index.ts';
import { bucketHost, createS3, type S3 } from '#lab/s3/index.ts';
import { findRegion, switchBucketOf } from '#lib/domain/estate/estate.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';
import { loadBalancerAddress, ORIGIN, ZONE } from './support/dns-lab.ts';

// The data-plane switch (DECISIONS) end to end, over the wires that a worker or an engineer has: S3's API flips it, real probes
// see it, and the name server stops answering the Region, all without Route 53's control plane. A second of RequestInterval
// lasts 10 ms; nothing else is shortened.

const REGION = 'eu-west-1';
/** Peers whose buckets hold the switch. */
const PEERS = ['us-east-1', 'ap-southeast-1'] as const;
const PROBE_SECOND_MS = 10;
const THRESHOLD = 2;
const SOON = { timeout: 10_000, interval: 15 };

let fixture: GatewayFixture;
let s3: S3;
let route53: Route53;
let dns: DnsServer;
let resolver: DnsClient;
let shop: http.Server;
let shopAnswers: number;
let control: Route53Client;
/** Ids of the peers' checks, and of the one on the records. */
let checks: { peers: string[]; joined: string };

beforeAll(async () => {
  shop = http.createServer((_, response) => response.writeHead(shopAnswers).end('ok'));
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  fixture = await startGateway(async (ctx) => {
    for (const { code, loadBalancer } of ctx.estate.regions) {
      const address = loadBalancerAddress(ctx.estate, code);
      ctx.names.register(loadBalancer.dnsName, { addresses: () => [address], healthy: () => true });
    }
    s3 = await createS3(ctx);
    route53 = createRoute53(ctx, { probeSecondMs: PROBE_SECOND_MS });
    return [s3.service, route53.service];
  });
  dns = await startDns(fixture.ctx, route53.resolver);
  resolver = await createDnsClient(dns);
  control = new Route53Client(fixture.clientOptions('us-east-1'));
  shopAnswers = 200;
  const { port } = shop.address() as AddressInfo; // a TCP server's address, never a pipe's name
  for (const { healthCheckId } of fixture.ctx.estate.regions)
    route53.healthChecks.setTarget(healthCheckId, { ipAddress: '127.0.0.1', port });
  checks = await prepareSwitch();
});
afterAll(async () => {
  control.destroy();
  resolver.close();
  await dns.part.close();
  await fixture.close();
  await route53.part.close();
  await s3.part.close();
  await new Promise((resolve) => shop.close(resolve));
});
beforeEach(async () => {
  shopAnswers = 200;
  await fixture.ctx.chaos.heal();
  for (const peer of PEERS) await turn(peer, 'on');
  await vi.waitFor(async () => expect(await answersFor('eu')).toEqual([REGION]), SOON);
});

/** Names and port are those of AWS: nothing says that a lab answers. */
function switchCheck(peer: string): HealthCheckConfig {
  const region = findRegion(fixture.ctx.estate, peer);
  if (!region) throw new Error(`The estate has no Region ${peer}.`);
  return {
    Type: 'HTTP_STR_MATCH',
    FullyQualifiedDomainName: bucketHost(switchBucketOf(fixture.ctx.estate, region), peer),
    Port: 80,
    ResourcePath: `/serve/${REGION}`,
    SearchString: 'off',
    Inverted: true,
    RequestInterval: 10,
    FailureThreshold: THRESHOLD,
  };
}

async function createCheck(CallerReference: string, HealthCheckConfig: HealthCheckConfig): Promise<string> {
  const { HealthCheck } = await control.send(
    new CreateHealthCheckCommand({ CallerReference, HealthCheckConfig }),
  );
  if (!HealthCheck?.Id) throw new Error('CreateHealthCheck answered without an id.');
  return HealthCheck.Id;
}

const isHealthy = (id: string) => route53.healthChecks.isHealthy(id);

/** What is done beforehand, while the control plane is there: two checks, one over all three, and that one on the records. */
async function prepareSwitch(): Promise<{ peers: string[]; joined: string }> {
  const { estate } = fixture.ctx;
  const region = findRegion(estate, REGION);
  if (!region) throw new Error(`The estate has no Region ${REGION}.`);
  // One by the bucket's name as on AWS, one by address with the name as its Host.
  const [first, second] = PEERS;
  const { hostname, port } = new URL(s3.switches.url(second));
  const peers = [
    await createCheck('switch-1', switchCheck(first)),
    await createCheck('switch-2', { ...switchCheck(second), IPAddress: hostname, Port: Number(port) }),
  ];
  await vi.waitFor(() => expect(peers.map(isHealthy)).toEqual([true, true]), SOON);
  const joined = await createCheck('joined', {
    Type: 'CALCULATED',
    ChildHealthChecks: [region.healthCheckId, ...peers],
    HealthThreshold: 3,
  });
  const { ChangeInfo } = await control.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: ZONE,
      ChangeBatch: {
        Changes: estate.geographies.map(({ key, homeRegion }) => ({
          Action: 'UPSERT',
          ResourceRecordSet: {
            Name: `${key}.${ORIGIN}`,
            Type: 'A',
            SetIdentifier: REGION,
            Weight: homeRegion === REGION ? 200 : 0,
            HealthCheckId: joined,
            AliasTarget: {
              HostedZoneId: region.loadBalancer.hostedZoneId,
              DNSName: region.loadBalancer.dnsName,
              EvaluateTargetHealth: true,
            },
          },
        })),
      },
    }),
  );
  await vi.waitFor(async () => {
    const change = await control.send(new GetChangeCommand({ Id: ChangeInfo?.Id }));
    expect(change.ChangeInfo?.Status).toBe('INSYNC');
  }, SOON);
  return { peers, joined };
}

/** Flips the switch in a peer's bucket as a worker does. */
async function turn(peer: string, to: 'on' | 'off'): Promise<void> {
  const client = new S3Client(fixture.clientOptions(peer));
  const object = { Bucket: `ecommerce-switch-${peer}`, Key: `serve/${REGION}` };
  await client.send(
    to === 'off' ? new PutObjectCommand({ ...object, Body: 'off' }) : new DeleteObjectCommand(object),
  );
  client.destroy();
}

/** Regions that resolvers in this geography are sent to now, of 30 asked. */
async function answersFor(geography: string): Promise<string[]> {
  const { estate, random } = fixture.ctx;
  const found = new Set<string>();
  for (let i = 0; i < 30; i += 1) {
    const { addresses } = await resolver.lookUp(ORIGIN.slice(0, -1), randomSubnet(geography, random));
    const region = estate.regions.find(({ code }) => addresses.includes(loadBalancerAddress(estate, code)));
    found.add(region?.code ?? 'none');
  }
  return [...found].sort();
}

const servesNobody = async () => expect(await answersFor('eu')).not.toContain(REGION);
const servesAgain = async () => expect(await answersFor('eu')).toEqual([REGION]);

/** Long enough for every checker of every check to have probed twice over its threshold. */
async function settled(): Promise<void> {
  const probes = () =>
    checks.peers.map((id) =>
      Math.min(...route53.healthChecks.observations(id).map((one) => one.checkedAtMs)),
    );
  const until = fixture.ctx.clock.now() + 2 * THRESHOLD * 10 * PROBE_SECOND_MS;
  await vi.waitFor(() => expect(Math.min(...probes())).toBeGreaterThan(until), SOON);
}

describe('while Route 53’s control plane is down', () => {
  beforeEach(() => fixture.ctx.chaos.change({ route53ControlPlane: 'down' }));

  it.each(PEERS)(
    'an object in the bucket of %s takes the Region out of DNS, its deletion brings it back',
    async (peer) => {
      await expect(control.send(new GetChangeCommand({ Id: 'C1' }))).rejects.toMatchObject({
        name: 'ServiceUnavailable',
      });
      await turn(peer, 'off');
      await vi.waitFor(servesNobody, SOON);
      expect(await answersFor('na')).toEqual(['us-east-1']);
      await turn(peer, 'on');
      await vi.waitFor(servesAgain, SOON);
    },
  );
});

describe('losing one of the two peers', () => {
  const MODES: OutageMode[] = ['drop', 'refuse'];

  it.each(PEERS.flatMap((peer) => MODES.map((mode) => [peer, mode] as const)))(
    '%s (%s) changes nothing for a Region that serves',
    async (peer, mode) => {
      await fixture.ctx.chaos.change({ outages: { [peer]: mode } });
      await settled();
      expect(checks.peers.map(isHealthy)).toEqual([true, true]);
      await servesAgain();
    },
  );

  it.each(PEERS)('%s changes nothing for a Region that is switched off in both', async (peer) => {
    for (const other of PEERS) await turn(other, 'off');
    await vi.waitFor(() => expect(checks.peers.map(isHealthy)).toEqual([false, false]), SOON);
    await fixture.ctx.chaos.change({ outages: { [peer]: 'drop' } });
    await settled();
    await servesNobody();
  });

  it('the other still switches', async () => {
    await fixture.ctx.chaos.change({ outages: { 'us-east-1': 'drop' } });
    await turn('ap-southeast-1', 'off');
    await vi.waitFor(servesNobody, SOON);
    expect(await answersFor('eu')).not.toContain(REGION);
    await turn('ap-southeast-1', 'on');
    await vi.waitFor(servesAgain, SOON);
  });
});

it('a new inverted check counts as failed until it was probed: records must not have it before', async () => {
  const nowhere = { ...switchCheck(PEERS[0]), FullyQualifiedDomainName: 'nowhere.shop.example' };
  expect(isHealthy(await createCheck('not probed', nowhere))).toBe(false);
});

describe('what is no switch', () => {
  it('another text in the object changes nothing', async () => {
    const client = new S3Client(fixture.clientOptions('us-east-1'));
    const object = { Bucket: 'ecommerce-switch-us-east-1', Key: `serve/${REGION}` };
    await client.send(new PutObjectCommand({ ...object, Body: 'on' }));
    await settled();
    await servesAgain();
    client.destroy();
  });

  it('a switch of another Region changes nothing here', async () => {
    const client = new S3Client(fixture.clientOptions('us-east-1'));
    await client.send(
      new PutObjectCommand({
        Bucket: 'ecommerce-switch-us-east-1',
        Key: 'serve/ap-southeast-1',
        Body: 'off',
      }),
    );
    await settled();
    await servesAgain();
    client.destroy();
  });

  it('a Region that fails by itself is out whatever the switches say, and the checkers say why', async () => {
    shopAnswers = 503;
    await vi.waitFor(() => expect(isHealthy(checks.joined)).toBe(false), SOON);
    shopAnswers = 200;
    await vi.waitFor(servesAgain, SOON);
    const { HealthCheckObservations } = await control.send(
      new GetHealthCheckStatusCommand({ HealthCheckId: checks.peers[0] }),
    );
    expect(HealthCheckObservations?.[0]?.StatusReport?.Status).toBe(
      'Failure: HTTP Status Code 404, Not Found',
    );
  });
});
