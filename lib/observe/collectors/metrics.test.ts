import { describe, expect, it } from 'vitest';
import { databaseOf } from '#test/recovery-facts.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { createAwsClients } from '../../adapters/aws/clients.ts';
import type { CollectContext } from '../collector.ts';
import { createSharedFacts, type FollowedDatabase, recallFacts } from '../shared-facts.ts';
import { canaryMetrics } from './canary-metrics.ts';
import { databaseMetrics } from './database-metrics.ts';
import { trafficMetrics } from './traffic-metrics.ts';

const US = 'us-east-1';
const EU = 'eu-west-1';
const NOW = Date.UTC(2026, 10, 23, 10, 0, 2);
const window = { fromMs: NOW - 60_000, toMs: NOW };

function contextIn(code: string, databases: Record<string, FollowedDatabase | null> = {}): CollectContext {
  const estate = seedEstate();
  const shared = createSharedFacts();
  for (const [region, database] of Object.entries(databases)) shared.of(region).database = database;
  return {
    estate,
    region: estate.regions.find((region) => region.code === code),
    // Nothing is sent: parts only say what they would ask.
    clients: createAwsClients({ estate, sessionName: 'test', timeoutMs: 1, attempts: 1 }),
    shared,
    nowMs: NOW,
  };
}

const database = (instanceId: string, role: 'primary' | 'replica', sourceRegion = US): FollowedDatabase => ({
  instanceId,
  role,
  sourceArn: role === 'replica' ? `arn:aws:rds:${sourceRegion}:000000000000:db:source` : null,
  endpoint: null,
});

const asked = (context: CollectContext) =>
  databaseMetrics
    .ask(context)
    .queries.map(({ metric, dimensions }) => `${metric} ${dimensions.DBInstanceIdentifier}`);
const covered = (context: CollectContext) => databaseMetrics.covers(context).map(({ kind }) => kind);

describe('database metrics', () => {
  it.each<[string, string, FollowedDatabase | null | undefined, string[], string[]]>([
    [
      'the declared replica until RDS has answered',
      EU,
      undefined,
      ['DatabaseConnections ecommerce-db-eu-west-1', 'ReplicaLag ecommerce-db-eu-west-1'],
      ['lag'],
    ],
    [
      'the declared primary until RDS has answered',
      US,
      undefined,
      [
        'DatabaseConnections ecommerce-db-us-east-1',
        'OldestReplicationSlotLag ecommerce-db-us-east-1',
        'TransactionLogsGeneration ecommerce-db-us-east-1',
      ],
      [],
    ],
    [
      'the slots of a promoted one',
      EU,
      database('ecommerce-db-eu-west-1', 'primary'),
      [
        'DatabaseConnections ecommerce-db-eu-west-1',
        'OldestReplicationSlotLag ecommerce-db-eu-west-1',
        'TransactionLogsGeneration ecommerce-db-eu-west-1',
      ],
      [],
    ],
    [
      'a rebuilt one by its own name',
      US,
      database('ecommerce-db-us-east-1-1004', 'replica', EU),
      ['DatabaseConnections ecommerce-db-us-east-1-1004', 'ReplicaLag ecommerce-db-us-east-1-1004'],
      ['lag'],
    ],
    ['nothing where all are fenced', US, null, [], []],
  ])('are of %s', (_, region, followed, queries, kinds) => {
    const context = contextIn(region, followed === undefined ? {} : { [region]: followed });
    expect(asked(context)).toEqual(queries);
    expect(covered(context)).toEqual(kinds);
  });

  it('judge lag by the primary that the replica really follows', () => {
    const context = contextIn(US, { [US]: database('ecommerce-db-us-east-1-1004', 'replica', EU) });
    const points = new Map([['db_lag', [{ atMs: NOW - 5_000, value: 0.3 }]]]);
    const lag = () => databaseMetrics.ask(context).read(points, window).seen[0];
    expect(lag()).toMatchObject({ name: 'ecommerce-db-us-east-1', value: { seconds: 0.3, bytes: null } });
    context.shared.of(EU).primary = { atMs: NOW - 1_000, slotBytes: 4_096, wal: [] };
    expect(lag()).toMatchObject({ value: { bytes: 4_096 } });
    context.shared.of(EU).primary = { atMs: NOW - 30_000, slotBytes: 4_096, wal: [] };
    expect(lag()).toMatchObject({ value: { bytes: null } });
  });

  it('are no primary’s any more once it is a replica', () => {
    const context = contextIn(US, { [US]: database('ecommerce-db-us-east-1', 'primary') });
    const points = new Map([['db_slot', [{ atMs: NOW, value: 12 }]]]);
    databaseMetrics.ask(context).read(points, window);
    expect(context.shared.of(US).primary).toMatchObject({ slotBytes: 12 });
    context.shared.of(US).database = database('ecommerce-db-us-east-1', 'replica', EU);
    databaseMetrics.ask(context).read(new Map(), window);
    expect(context.shared.of(US).primary).toBeNull();
  });

  it('follow what an earlier worker stored, before RDS has answered', () => {
    const context = contextIn(EU);
    const [, ireland] = context.estate.regions;
    if (!ireland) throw new Error('The estate has no second Region.');
    recallFacts(context.shared, context.estate, [
      {
        region: EU,
        kind: 'database',
        name: ireland.database.instanceId,
        value: databaseOf(ireland, { role: 'primary', sourceArn: null }),
      },
      // Staging's, say: it is not what the Region works with.
      { region: EU, kind: 'database', name: 'other', value: databaseOf(ireland, {}) },
      {
        region: EU,
        kind: 'cache',
        name: EU,
        value: {
          replicationGroup: 'ecommerce-global-eu-west-1',
          globalDatastore: null,
          role: 'standalone',
          status: 'available',
          lagSeconds: null,
        },
      },
    ]);
    expect(covered(context)).toEqual([]);
    expect(context.shared.of(EU).cacheGroup).toBe('ecommerce-global-eu-west-1');
  });
});

describe('canaries', () => {
  it('are looked at as far back as three of their intervals', () => {
    const context = contextIn(EU);
    expect(canaryMetrics.windowSeconds?.(context)).toBe(15);
    context.estate.canaries = { everySeconds: 300 };
    context.estate.environments = context.estate.environments.map((one) => ({ ...one, timeScale: 1 }));
    expect(canaryMetrics.windowSeconds?.(context)).toBe(900);
  });

  it('say nothing of a Region whose canary has not run, and are none where the estate has none', () => {
    const context = contextIn(EU);
    const { queries, read } = canaryMetrics.ask(context);
    expect(queries.map(({ dimensions }) => dimensions.CanaryName)).toEqual([
      'us-east-1-reads',
      'us-east-1-writes',
      'ap-southeast-1-reads',
      'ap-southeast-1-writes',
    ]);
    const points = new Map([[queries[0]?.id ?? '', [{ atMs: NOW - 5_000, value: 50 }]]]);
    expect(read(points, window).seen).toEqual([
      {
        kind: 'canaries',
        name: EU,
        value: {
          probes: [{ target: US, path: 'reads', success: 0.5, at: '2026-11-23T09:59:57.000Z' }],
        },
      },
    ]);
    context.estate.canaries = undefined;
    expect(canaryMetrics.covers(context)).toEqual([]);
    expect(canaryMetrics.ask(context).read(points, window)).toEqual({ seen: [] });
  });
});

describe('an environment’s own load balancer', () => {
  const STAGING = 'app/shop-us-east-1-staging/50dc6c495c0c9188';
  const points = (ids: Record<string, number>) =>
    new Map(Object.entries(ids).map(([id, value]) => [id, [{ atMs: NOW - 5_000, value }]]));

  it('is asked for beside the Region’s, once each', () => {
    const { queries } = trafficMetrics.ask(contextIn(US));
    expect(new Set(queries.map(({ id }) => id)).size).toBe(queries.length);
    const balancers = new Set(queries.flatMap(({ dimensions }) => dimensions.LoadBalancer ?? []));
    expect([...balancers]).toEqual(['app/shop-us-east-1/50dc6c495c0c9188', STAGING]);
    expect(trafficMetrics.covers(contextIn(US)).map(({ name }) => name)).toEqual([US, STAGING]);
    expect(trafficMetrics.covers(contextIn(EU)).map(({ name }) => name)).toEqual([EU]);
  });

  it('has its own requests, and the nodes of the Region', () => {
    const context = contextIn(US);
    const { seen, samples = [] } = trafficMetrics.ask(context).read(
      points({
        reads_requests: 600,
        lb0_reads_requests: 6,
        lb0_writes_requests: 6,
        lb0_writes_errors: 3,
        cpu: 40,
      }),
      window,
    );
    const of = (name: string) => seen.find((one) => one.name === name)?.value;
    expect(of(US)).toMatchObject({ requestsPerSecond: 10, errorRate: 0, cpu: 0.4 });
    expect(of(STAGING)).toMatchObject({ requestsPerSecond: 0.2, errorRate: 0.25, cpu: 0.4 });
    expect(context.shared.of(US).requests?.perSecond).toBe(10);
    const subjects = (metric: string) =>
      samples.filter((sample) => sample.metric === metric).map(({ subject }) => subject);
    expect(subjects('requests')).toEqual([US, STAGING]);
    expect(subjects('cpu')).toEqual([US]);
  });

  it('that says nothing leaves the Region’s as it is', () => {
    const read = trafficMetrics
      .ask(contextIn(US))
      .read(points({ elb_alive: 2, reads_requests: 600 }), window);
    expect(read.seen.map(({ name }) => name)).toEqual([US]);
    expect(read.missing).toMatchObject([{ kind: 'traffic', name: STAGING }]);
  });
});
