import {
  DescribeCacheClustersCommand,
  DescribeGlobalReplicationGroupsCommand,
  DescribeReplicationGroupsCommand,
  DisassociateGlobalReplicationGroupCommand,
  ElastiCacheClient,
  FailoverGlobalReplicationGroupCommand,
} from '@aws-sdk/client-elasticache';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createElastiCache } from '#lab/elasticache/index.ts';
import { type GatewayFixture, startGateway } from './gateway-fixture.ts';

// An AWS minute takes a second here.

const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const DATASTORE = 'ldgnf-ecommerce';
const SOON = { timeout: 10_000, interval: 25 };
const member = (region: string) => `ecommerce-global-${region}`;

let fixture: GatewayFixture;
let lab: ReturnType<typeof createElastiCache>;
const clients = new Map<string, ElastiCacheClient>();

beforeAll(async () => {
  fixture = await startGateway((ctx) => {
    ctx.estate.metrics.periodSeconds = 1;
    lab = createElastiCache(ctx);
    return [lab.service];
  });
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await fixture.close();
  await lab.part.close();
});
beforeEach(async () => {
  // New ones sign by the clock as it was moved.
  for (const client of clients.values()) client.destroy();
  clients.clear();
  await fixture.ctx.chaos.heal();
  await lab.part.reset?.();
  fixture.ctx.metrics.clear();
  // The service's rate is its own test's business.
  await fixture.gateway.reset?.();
});

function cache(region: string): ElastiCacheClient {
  const client = clients.get(region) ?? new ElastiCacheClient(fixture.clientOptions(region));
  clients.set(region, client);
  return client;
}

async function datastore(region: string) {
  const { GlobalReplicationGroups } = await cache(region).send(
    new DescribeGlobalReplicationGroupsCommand({ ShowMemberInfo: true }),
  );
  return GlobalReplicationGroups?.[0];
}
const roles = async (region: string = EU) =>
  Object.fromEntries(
    (await datastore(region))?.Members?.map((one) => [one.ReplicationGroupRegion, one.Role]) ?? [],
  );
const failover = (to: string, from: string = to, more = {}) =>
  cache(from).send(
    new FailoverGlobalReplicationGroupCommand({
      GlobalReplicationGroupId: DATASTORE,
      PrimaryRegion: to,
      PrimaryReplicationGroupId: member(to),
      ...more,
    }),
  );
const disassociate = (region: string, from: string = region, more = {}) =>
  cache(from).send(
    new DisassociateGlobalReplicationGroupCommand({
      GlobalReplicationGroupId: DATASTORE,
      ReplicationGroupId: member(region),
      ReplicationGroupRegion: region,
      ...more,
    }),
  );
const refused = (name: string) => expect.objectContaining({ name });

describe('what is declared', () => {
  it.each([
    [US, 3, 'PRIMARY'],
    [EU, 3, 'SECONDARY'],
    [AP, 2, 'SECONDARY'],
  ])(
    '%s has a member of the global datastore with %i nodes, %s, and a group for carts',
    async (region, nodes, role) => {
      const { ReplicationGroups = [] } = await cache(region).send(new DescribeReplicationGroupsCommand({}));
      expect(ReplicationGroups.map(({ ReplicationGroupId }) => ReplicationGroupId)).toEqual([
        `ecommerce-cart-${region}`,
        member(region),
      ]);
      const [carts, global] = ReplicationGroups;
      expect(carts?.GlobalReplicationGroupInfo).toBeUndefined();
      expect(global).toMatchObject({
        Status: 'available',
        AutomaticFailover: 'enabled',
        ClusterEnabled: false,
        GlobalReplicationGroupInfo: {
          GlobalReplicationGroupId: DATASTORE,
          GlobalReplicationGroupMemberRole: role,
        },
      });
      expect(global?.MemberClusters).toHaveLength(nodes);
      expect(
        global?.NodeGroups?.[0]?.NodeGroupMembers?.filter((one) => one.CurrentRole === 'primary'),
      ).toHaveLength(1);
    },
  );

  it('clusters are listed with their nodes where asked for', async () => {
    const { CacheClusters } = await cache(AP).send(
      new DescribeCacheClustersCommand({ ShowCacheNodeInfo: true }),
    );
    expect(CacheClusters?.map(({ CacheClusterId }) => CacheClusterId)).toEqual([
      'ecommerce-cart-ap-southeast-1-001',
      'ecommerce-cart-ap-southeast-1-002',
      'ecommerce-global-ap-southeast-1-001',
      'ecommerce-global-ap-southeast-1-002',
    ]);
    expect(CacheClusters?.[0]?.CacheNodes?.[0]).toMatchObject({
      CacheNodeId: '0001',
      CacheNodeStatus: 'available',
    });
    const one = await cache(AP).send(
      new DescribeCacheClustersCommand({ CacheClusterId: 'ecommerce-cart-ap-southeast-1-001' }),
    );
    expect(one.CacheClusters?.[0]?.CacheNodes).toBeUndefined();
    const loose = { ShowCacheClustersNotInReplicationGroups: true };
    expect((await cache(AP).send(new DescribeCacheClustersCommand(loose))).CacheClusters).toEqual([]);
  });

  it('the datastore shows its members only where asked for', async () => {
    const { GlobalReplicationGroups } = await cache(EU).send(new DescribeGlobalReplicationGroupsCommand({}));
    expect(GlobalReplicationGroups?.[0]).toMatchObject({
      GlobalReplicationGroupId: DATASTORE,
      Status: 'available',
    });
    expect(GlobalReplicationGroups?.[0]?.Members).toBeUndefined();
    expect(await roles()).toEqual({ [US]: 'PRIMARY', [EU]: 'SECONDARY', [AP]: 'SECONDARY' });
  });

  it.each([
    ['ReplicationGroupNotFoundFault', new DescribeReplicationGroupsCommand({ ReplicationGroupId: 'nope' })],
    [
      'ReplicationGroupNotFoundFault',
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: member(US) }),
    ],
    ['InvalidParameterValueException', new DescribeReplicationGroupsCommand({ MaxRecords: 5 })],
    ['InvalidParameterValueException', new DescribeReplicationGroupsCommand({ Marker: 'x' })],
  ])('in Ireland: %s', async (name, command) => {
    await expect(cache(EU).send(command)).rejects.toEqual(refused(name));
  });

  it.each([
    [
      'CacheClusterNotFoundFault',
      () => cache(EU).send(new DescribeCacheClustersCommand({ CacheClusterId: 'nope' })),
    ],
    [
      'GlobalReplicationGroupNotFoundFault',
      () => cache(EU).send(new DescribeGlobalReplicationGroupsCommand({ GlobalReplicationGroupId: 'nope' })),
    ],
    [
      'GlobalReplicationGroupNotFoundFault',
      () =>
        cache('us-west-2').send(
          new DescribeGlobalReplicationGroupsCommand({ GlobalReplicationGroupId: DATASTORE }),
        ),
    ],
  ])('%s', async (name, send) => {
    await expect(send()).rejects.toEqual(refused(name));
  });
});

describe('failover of the global datastore', () => {
  it('moves the primary role after its time, and back', async () => {
    const { GlobalReplicationGroup } = await failover(EU);
    expect(GlobalReplicationGroup?.Status).toBe('modifying');
    expect(await roles()).toMatchObject({ [US]: 'PRIMARY' });
    await vi.waitFor(async () => expect((await datastore(EU))?.Status).toBe('available'), SOON);
    expect(await roles()).toEqual({ [US]: 'SECONDARY', [EU]: 'PRIMARY', [AP]: 'SECONDARY' });
    expect(lab.roleIn(EU)).toBe('primary');
    await failover(US);
    await vi.waitFor(
      async () => expect(await roles()).toMatchObject({ [US]: 'PRIMARY', [EU]: 'SECONDARY' }),
      SOON,
    );
  });

  it('one at a time', async () => {
    const both = await Promise.allSettled([failover(EU), failover(AP)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'InvalidGlobalReplicationGroupStateFault' },
    });
    await expect(disassociate(AP)).rejects.toEqual(refused('InvalidGlobalReplicationGroupStateFault'));
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['to the primary itself', () => failover(US), 'InvalidParameterValueException'],
    [
      'to a group that is no member',
      () => failover(EU, EU, { PrimaryReplicationGroupId: 'ecommerce-cart-eu-west-1' }),
      'InvalidParameterValueException',
    ],
    [
      'to a Region that has none',
      () => failover(EU, EU, { PrimaryRegion: 'us-west-2' }),
      'InvalidParameterValueException',
    ],
    ['without a Region', () => failover(EU, EU, { PrimaryRegion: '' }), 'InvalidParameterValueException'],
    [
      'of a datastore that is not there',
      () => failover(EU, EU, { GlobalReplicationGroupId: 'nope' }),
      'GlobalReplicationGroupNotFoundFault',
    ],
    ['from outside', () => failover(EU, 'us-west-2'), 'GlobalReplicationGroupNotFoundFault'],
  ])('%s is refused', async (_, send, name) => {
    await expect(send()).rejects.toEqual(refused(name));
    expect((await datastore(EU))?.Status).toBe('available');
  });

  it('needs the primary’s Region; taking the secondary out does not', async () => {
    await fixture.ctx.chaos.change({ outages: { [US]: 'drop' } });
    await expect(failover(EU)).rejects.toEqual(refused('InvalidGlobalReplicationGroupStateFault'));
    await disassociate(EU);
    await vi.waitFor(() => expect(lab.roleIn(EU)).toBe('standalone'), SOON);
    const { ReplicationGroups } = await cache(EU).send(
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: member(EU) }),
    );
    expect(ReplicationGroups?.[0]?.Status).toBe('available');
    expect(ReplicationGroups?.[0]?.GlobalReplicationGroupInfo).toBeUndefined();
    expect(await roles(AP)).toEqual({ [US]: 'PRIMARY', [AP]: 'SECONDARY' });
    await expect(datastore(EU)).resolves.toBeUndefined();
  });

  it('is not done while its target is out, but after', async () => {
    await failover(EU);
    await fixture.ctx.chaos.change({ outages: { [EU]: 'drop' } });
    fixture.advance(120_000);
    expect(lab.roleIn(US)).toBe('primary');
    expect((await datastore(AP))?.Status).toBe('modifying');
    await fixture.ctx.chaos.heal();
    expect(lab.roleIn(EU)).toBe('primary');
  });

  it('goes on after a restart', async () => {
    await failover(EU);
    fixture.ctx.state.flush();
    await lab.part.close();
    lab = createElastiCache(fixture.ctx);
    await vi.waitFor(() => expect(lab.roleIn(EU)).toBe('primary'), SOON);
  });
});

describe('taking a member out', () => {
  it('leaves a primary alone in the end, which cannot be taken out nor fail over', async () => {
    for (const region of [EU, AP]) {
      await disassociate(region, US);
      await vi.waitFor(() => expect(lab.roleIn(region)).toBe('standalone'), SOON);
    }
    expect((await datastore(US))?.Status).toBe('primary-only');
    await expect(disassociate(US)).rejects.toEqual(refused('InvalidParameterValueException'));
    await expect(disassociate(EU, US)).rejects.toEqual(refused('InvalidParameterValueException'));
  });
});

describe('metrics (modelled)', () => {
  const latest = (name: string, region: string, cluster: string, stat = 'Maximum') => {
    const now = fixture.ctx.clock.now();
    const dimensions = { CacheClusterId: cluster, CacheNodeId: '0001' };
    const id = { region, namespace: 'AWS/ElastiCache', name, dimensions };
    return fixture.ctx.metrics.query(id, stat, 5, now - 60_000, now + 5000).at(-1)?.value;
  };
  const lag = (region: string) => latest('GlobalDatastoreReplicationLag', region, `${member(region)}-001`);

  it('follow what the Region’s load balancer gets', async () => {
    const { ctx } = fixture;
    const name = ctx.estate.regions[0]?.loadBalancer.name ?? '';
    const id = {
      region: US,
      namespace: 'AWS/ApplicationELB',
      name: 'RequestCount',
      dimensions: { LoadBalancer: name },
    };
    ctx.metrics.record(id, 'Count', 1, { count: 500 });
    await vi.waitFor(() => expect(latest('CacheHits', US, `${member(US)}-001`)).toBeGreaterThan(50), SOON);
    expect(latest('CacheHitRate', US, `${member(US)}-001`)).toBeGreaterThan(90);
    expect(latest('CacheHits', EU, `${member(EU)}-001`)).toBe(0);
    expect(latest('CacheHitRate', EU, `${member(EU)}-001`)).toBeUndefined();
    expect(latest('ReplicationLag', US, `${member(US)}-002`)).toBeLessThan(0.01);
  });

  it('have a lag in secondary Regions only: half the round trip and a little', async () => {
    await vi.waitFor(() => expect(lag(AP)).toBeGreaterThan(0.11), SOON);
    expect(lag(AP)).toBeLessThan(0.2);
    expect(lag(EU)).toBeLessThan(lag(AP) ?? 0);
    expect(lag(US)).toBeUndefined();
  });

  it.each([
    ['the link is cut', { links: { 'us-east-1>eu-west-1': { mode: 'reset', extraRttMs: 0 } } }],
    ['the primary is out', { outages: { 'us-east-1': 'drop' } }],
  ] as const)('show a growing lag while %s', async (_, fault) => {
    await vi.waitFor(() => expect(lag(EU)).toBeGreaterThan(0), SOON);
    await fixture.ctx.chaos.change(fault);
    fixture.advance(60_000);
    await vi.waitFor(() => expect(lag(EU)).toBeGreaterThan(50), SOON);
    await fixture.ctx.chaos.heal();
    fixture.advance(60_000);
    await vi.waitFor(() => expect(lag(EU)).toBeLessThan(1), SOON);
  });
});

it('is throttled by its rate with the service’s own error', async () => {
  const many = await Promise.allSettled(Array.from({ length: 60 }, () => datastore(EU)));
  const names = many.flatMap((one) => (one.status === 'rejected' ? [one.reason.name] : []));
  expect(new Set(names)).toEqual(new Set(['Throttling']));
});
