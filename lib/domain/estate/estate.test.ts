import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SEED_ESTATE_FILE, seedEstate } from '#test/seed-estate.ts';
import {
  type Estate,
  findEnvironment,
  findRegion,
  parseEstate,
  type Region,
  switchBucketOf,
} from './estate.ts';
import { dollarsPerPoint, plannedDollars, plannedTotal } from './plan.ts';

/** Problems of the seed's estate after a change to its plain data. */
function problemsAfter(change: (estate: Estate) => void): { field: string; message: string }[] {
  const estate = seedEstate();
  change(estate);
  const parsed = parseEstate(stringify(estate));
  return parsed.ok ? [] : parsed.problems;
}

/** Any value where the type wants another: what a person may write. */
function write(target: object, field: string, value: unknown): void {
  Object.assign(target, { [field]: value });
}

function at<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item === undefined) throw new Error(`There is no item ${i}.`);
  return item;
}

function regionOf(estate: Estate, code: string): Region {
  const region = findRegion(estate, code);
  if (!region) throw new Error(`There is no Region ${code}.`);
  return region;
}

const database = { instanceId: 'ecommerce-staging', role: 'primary', class: 'db.t4g.large', multiAz: false };

/** Staging's own. */
function databasesOf({ environments }: Estate): object {
  const { databases } = at(environments, 1);
  if (!databases) throw new Error('Staging has no database of its own.');
  return databases;
}

function secretArn({ region = 'eu-west-1', account = '000000000000', name = 'ecommerce/database' }): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}-Kq7vXn`;
}

describe('the estate of the strategy document (aws-facts 1A)', () => {
  const estate = seedEstate();

  it.each([
    ['us-east-1', 'Primary Region', 0.5, 10, 50, 3, 3, '10.0.0.0/16', '24/7', 11_000],
    ['eu-west-1', 'Secondary Active Region', 0.3, 5, 30, 3, 3, '10.1.0.0/16', 'business', 6_400],
    ['ap-southeast-1', 'Tertiary Active Region', 0.2, 3, 20, 2, 3, '10.2.0.0/16', 'business', 4_400],
  ])('%s: %s', (code, label, share, min, max, cache, brokers, cidr, support, dollars) => {
    const region = regionOf(estate, code);
    expect(region).toMatchObject({
      label,
      nodes: { min, max },
      cacheNodes: cache,
      queueBrokers: brokers,
      vpcCidr: cidr,
      support: { hours: support },
      plan: { trafficShare: share },
      database: { instanceId: `ecommerce-db-${code}` },
      bucket: `ecommerce-assets-${code}`,
    });
    expect(plannedDollars(region)).toBe(dollars);
  });

  it.each([
    ['us-east-1', '220.0'],
    ['eu-west-1', '213.3'],
    ['ap-southeast-1', '220.0'],
  ])('a point of traffic in %s costs $%s a month', (code, dollars) => {
    expect(dollarsPerPoint(regionOf(estate, code)).toFixed(1)).toBe(dollars);
  });

  it('costs $23,900 a month, $2,100 of it global', () => {
    expect(estate.globalPlan.cdn + estate.globalPlan.dns).toBe(2_100);
    expect(plannedTotal(estate)).toBe(23_900);
  });

  it.each([
    ['compute', 10_000],
    ['database', 5_500],
    ['cache', 2_000],
    ['storage', 1_000],
    ['network', 3_300],
  ] as const)('plans $%s of %s over the Regions', (component, dollars) => {
    expect(estate.regions.reduce((sum, { plan }) => sum + plan[component], 0)).toBe(dollars);
  });

  it('has the thresholds', () => {
    expect(estate.thresholds).toEqual({
      databaseLagSeconds: { warning: 5, critical: 30 },
      storageReplicationSeconds: { target: 15 * 60, warning: 60 * 60 },
      cacheLagSeconds: { target: 1, warning: 1 },
      queueLagSeconds: { target: 5, warning: 5 },
      gate: { errorRate: 0.001, p95Ms: 200, cpu: 0.7, memory: 0.8 },
      rollback: { errorRate: 0.01, p95Ms: 500 },
      alert: { consecutiveFailures: 2, p95Ms: 500, p95Minutes: 5, errorRate: 0.01, errorMinutes: 2 },
    });
    expect(estate.traffic.rampSteps).toEqual([1, 5, 10, 25, 50, 75, 100]);
    expect(estate.traffic.dailyPoints).toBe(10);
    expect(findRegion(estate, 'eu-west-1')?.database.lagTargetSeconds).toBe(1);
    expect(findRegion(estate, 'ap-southeast-1')?.database.lagTargetSeconds).toBe(2);
  });

  it('has the two peerings of the document, and none between EU and AP (aws-facts B-05)', () => {
    expect(estate.peerings.map(({ between }) => between)).toEqual([
      ['us-east-1', 'eu-west-1'],
      ['us-east-1', 'ap-southeast-1'],
    ]);
  });

  it('sends the Middle East, which Route 53 counts as Asia, to Europe (aws-facts C-22)', () => {
    const countries = estate.geographies
      .find(({ key }) => key === 'eu')
      ?.locations.flatMap((location) => ('country' in location ? [location.country] : []));
    expect(countries?.sort().join(' ')).toBe('AE BH IL IQ IR JO KW LB OM PS QA SA SY YE');
  });

  it('finds by name, and nothing where there is none', () => {
    expect(findEnvironment(estate, 'staging')?.minSample).toBe(50);
    expect(findEnvironment(estate, 'moon')).toBeUndefined();
    expect(findRegion(estate, 'moon-base-1')).toBeUndefined();
  });

  it('names switch buckets and secrets, or leaves them out', () => {
    const eu = regionOf(estate, 'eu-west-1');
    expect(switchBucketOf(estate, eu)).toBe('ecommerce-switch-eu-west-1');
    expect(eu.database.secretArn).toBe(secretArn({}));
    const plain = seedEstate();
    for (const region of plain.regions) {
      write(region, 'switchBucket', undefined);
      write(region.database, 'secretArn', undefined);
    }
    expect(problemsAfter((e) => Object.assign(e, plain))).toEqual([]);
    expect(switchBucketOf(plain, regionOf(plain, 'eu-west-1'))).toBe('ecommerce-switch-eu-west-1');
  });
});

describe('what is refused names its field', () => {
  it.each<[string, (estate: Estate) => void, string]>([
    ['regions[1].nodes.min', (e) => write(at(e.regions, 1).nodes, 'min', 31), '31 is over max, 30'],
    ['regions[0].nodes.ready', (e) => write(at(e.regions, 0).nodes, 'ready', 51), 'not between min and max'],
    ['regions[0].nodes.min', (e) => write(at(e.regions, 0).nodes, 'min', -1), 'Too small'],
    ['regions[2].code', (e) => write(at(e.regions, 2), 'code', 'Asia'), 'a Region code such as eu-west-1'],
    ['regions[0].vpcCidr', (e) => write(at(e.regions, 0), 'vpcCidr', '10.0.0.0'), 'Invalid'],
    [
      'regions[1].vpcCidr',
      (e) => write(at(e.regions, 1), 'vpcCidr', '10.0.128.0/17'),
      'overlaps that of us-east-1',
    ],
    [
      'regions[0].support.timeZone',
      (e) => write(at(e.regions, 0).support, 'timeZone', 'Mars/Base'),
      'is not a time zone',
    ],
    ['regions[1].support.to', (e) => write(at(e.regions, 1).support, 'to', '08:00'), 'is not after from'],
    ['regions[1].support.from', (e) => write(at(e.regions, 1).support, 'from', '9'), 'a time such as 09:00'],
    [
      'regions[1].database.lagTargetSeconds',
      (e) => write(at(e.regions, 1).database, 'lagTargetSeconds', undefined),
      'is missing',
    ],
    ['regions[1].servesWrites', (e) => write(at(e.regions, 1), 'servesWrites', true), 'beside a replica'],
    ['regions[0].servesWrites', (e) => write(at(e.regions, 0), 'servesWrites', false), 'beside the primary'],
    [
      'regions',
      (e) => write(at(e.regions, 1).database, 'role', 'primary'),
      'exactly one primary database; there is us-east-1 and eu-west-1',
    ],
    ['regions', (e) => write(at(e.regions, 0).plan, 'trafficShare', 0.6), 'sum to 1.1, not 1'],
    [
      'regions[2].database.instanceId',
      (e) => write(at(e.regions, 2).database, 'instanceId', 'ecommerce-db-eu-west-1'),
      'is there twice',
    ],
    ['regions[0].switchBucket', (e) => write(at(e.regions, 0), 'switchBucket', 'My_Bucket'), 'a bucket name'],
    [
      'regions[2].switchBucket',
      (e) => write(at(e.regions, 2), 'switchBucket', 'ecommerce-assets-us-east-1'),
      'is there twice',
    ],
    [
      'regions[0].database.secretArn',
      (e) => write(at(e.regions, 0).database, 'secretArn', 'ecommerce/database'),
      'the full ARN of a secret',
    ],
    [
      'regions[1].database.secretArn',
      (e) => write(at(e.regions, 1).database, 'secretArn', secretArn({ region: 'us-east-1' })),
      'is of us-east-1; eu-west-1 needs its own replica',
    ],
    [
      'regions[1].database.secretArn',
      (e) => write(at(e.regions, 1).database, 'secretArn', secretArn({ account: '111111111111' })),
      'is of account 111111111111, not 000000000000',
    ],
    [
      'regions[1].database.secretArn',
      (e) => write(at(e.regions, 1).database, 'secretArn', secretArn({ name: 'other' })),
      'is other-Kq7vXn; the first Region',
    ],
    ['regions[0].loadBalancer', (e) => write(at(e.regions, 0), 'loadBalancer', undefined), 'is missing'],
    ['regions[0].colour', (e) => write(at(e.regions, 0), 'colour', 'red'), 'is not a field here'],
    ['regions[0].name', (e) => write(at(e.regions, 0), 'name', ''), 'is empty'],
    ['geographies', (e) => write(at(e.geographies, 0), 'plannedShare', 0.4), 'sum to 0.9, not 1'],
    ['geographies[0].plannedShare', (e) => write(at(e.geographies, 0), 'plannedShare', 50), 'Too big'],
    [
      'geographies[1].homeRegion',
      (e) => write(at(e.geographies, 1), 'homeRegion', 'us-west-9'),
      'names us-west-9',
    ],
    [
      'geographies[0].probeSubnet',
      (e) => write(at(e.geographies, 0), 'probeSubnet', '192.0.2.7'),
      'a network such as 192.0.2.0/24',
    ],
    [
      'geographies[0].probeSubnet',
      (e) => write(at(e.geographies, 0), 'probeSubnet', '192.0.2.0/28'),
      'is narrower than /24',
    ],
    ['geographies[1].key', (e) => write(at(e.geographies, 1), 'key', 'na'), 'na is there twice'],
    [
      'geographies[0].locations[0]',
      (e) => write(at(e.geographies, 0), 'locations', [{ continent: 'XX' }]),
      'is not { country: AE }',
    ],
    [
      'geographies[2].locations[0]',
      (e) => write(at(e.geographies, 2), 'locations', [{ continent: 'NA' }]),
      'continent NA belongs to na already',
    ],
    [
      'geographies',
      (e) => write(at(e.geographies, 3), 'locations', [{ continent: 'SA' }]),
      'have no { default: true }',
    ],
    [
      'environments[0].regions[2]',
      (e) => write(at(e.environments, 0), 'regions', ['us-east-1', 'eu-west-1', 'us-west-2']),
      'not under regions',
    ],
    ['environments[1].name', (e) => write(at(e.environments, 1), 'name', 'production'), 'is there twice'],
    ['environments[0].timeScale', (e) => write(at(e.environments, 0), 'timeScale', 0), 'Too small'],
    [
      'environments[0].minSample',
      (e) => write(at(e.environments, 0), 'minSample', 'many'),
      'expected number',
    ],
    [
      'environments[0].onThinTraffic',
      (e) => write(at(e.environments, 0), 'onThinTraffic', 'pass'),
      'expected one of',
    ],
    ['environments', (e) => write(e, 'environments', []), 'Too small'],
    [
      'environments[1].databases.eu-west-1',
      (e) => write(databasesOf(e), 'eu-west-1', { ...database, role: 'replica', lagTargetSeconds: 1 }),
      'is in no Region of this environment',
    ],
    [
      'environments[1].databases.us-east-1',
      (e) => write(at(e.environments, 1), 'databases', {}),
      'each Region has its own, or none',
    ],
    [
      'environments[1].databases',
      (e) => write(databasesOf(e), 'us-east-1', { ...database, role: 'replica', lagTargetSeconds: 1 }),
      'exactly one primary; there is none',
    ],
    [
      'environments[1].databases.us-east-1.lagTargetSeconds',
      (e) => write(databasesOf(e), 'us-east-1', { ...database, role: 'replica' }),
      'is missing',
    ],
    [
      'environments[1].databases.us-east-1.instanceId',
      (e) => write(databasesOf(e), 'us-east-1', { ...database, instanceId: 'ecommerce-db-eu-west-1' }),
      'is there twice',
    ],
    [
      'environments[1].databases.us-east-1.instanceId',
      (e) =>
        write(databasesOf(e), 'us-east-1', { ...database, instanceId: 'ecommerce-db-us-east-1-staging' }),
      'begins like a copy of ecommerce-db-us-east-1',
    ],
    [
      'environments[1].databases.us-east-1.secretArn',
      (e) => write(databasesOf(e), 'us-east-1', { ...database, secretArn: secretArn({}) }),
      'is not a field here',
    ],
    [
      'environments[1].loadBalancers.us-east-1',
      (e) => write(at(e.environments, 1), 'loadBalancers', {}),
      'each Region has its own, or none',
    ],
    [
      'environments[1].loadBalancers.eu-west-1',
      (e) => write(at(e.environments, 1), 'loadBalancers', { 'eu-west-1': at(e.regions, 1).loadBalancer }),
      'is in no Region of this environment',
    ],
    [
      'environments[1].loadBalancers.us-east-1.name',
      (e) => write(at(e.environments, 1), 'loadBalancers', { 'us-east-1': at(e.regions, 0).loadBalancer }),
      'is there twice',
    ],
    [
      'environments',
      (e) => write(at(e.environments, 0), 'databases', {}),
      'nobody uses those of the Regions',
    ],
    [
      'peerings[0].between[1]',
      (e) => write(at(e.peerings, 0), 'between', ['us-east-1', 'eu-west-2']),
      'not under regions',
    ],
    [
      'distances[0].between',
      (e) => write(at(e.distances, 0), 'between', ['eu-west-1', 'eu-west-1']),
      'to itself',
    ],
    ['account', (e) => write(e, 'account', 12345), 'expected string'],
    ['account', (e) => write(e, 'account', '12345'), '12 digits, quoted'],
    ['capacity.ceiling', (e) => write(e.capacity, 'ceiling', 70), 'Too big'],
    [
      'capacity.requestsPerSecondPerNode',
      (e) => write(e.capacity, 'requestsPerSecondPerNode', 0),
      'Too small',
    ],
    ['metrics.periodSeconds', (e) => write(e.metrics, 'periodSeconds', 1.5), 'expected int'],
    ['canaries.everySeconds', (e) => write(e, 'canaries', { everySeconds: 0 }), 'Too small'],
    ['canaries.name', (e) => write(e, 'canaries', { everySeconds: 60, name: 'x' }), 'is not a field here'],
    ['dns.ttlSeconds', (e) => write(e.dns, 'ttlSeconds', 0), 'Too small'],
    [
      'dns.originName',
      (e) => write(e.dns, 'originName', 'origin.other.example'),
      'is not in the zone shop.example',
    ],
    ['dns.zoneName', (e) => write(e.dns, 'zoneName', 'Shop.Example.'), 'lower case without a last dot'],
    [
      'thresholds.databaseLagSeconds.warning',
      (e) => write(e.thresholds.databaseLagSeconds, 'warning', 30),
      '30 is not under critical, 30',
    ],
    [
      'thresholds.gate.errorRate',
      (e) => write(e.thresholds.gate, 'errorRate', 0.02),
      'is not under rollback.errorRate',
    ],
    ['thresholds.gate.p95Ms', (e) => write(e.thresholds.gate, 'p95Ms', 501), 'is not under rollback.p95Ms'],
    [
      'traffic.rampSteps[2]',
      (e) => write(e.traffic, 'rampSteps', [1, 5, 5, 100]),
      '5 is not over the one before, 5',
    ],
    ['traffic.rampSteps', (e) => write(e.traffic, 'rampSteps', [1, 50]), 'do not end at 100'],
    ['extra', (e) => write(e, 'extra', 1), 'is not a field here'],
  ])('%s', (field, change, message) => {
    const problems = problemsAfter(change);
    expect(problems.map((problem) => problem.field)).toContain(field);
    expect(problems.find((problem) => problem.field === field)?.message).toContain(message);
  });

  it('tells every problem at once', () => {
    const fields = problemsAfter((estate) => {
      write(at(estate.regions, 0), 'lat', 91);
      write(at(estate.regions, 1), 'lon', 'east');
      write(estate, 'label', undefined);
    }).map(({ field }) => field);
    expect(fields.sort()).toEqual(['label', 'regions[0].lat', 'regions[1].lon']);
  });

  it.each([
    ['broken', 'regions: [us-east-1'],
    ['with a key twice', 'a: 1\na: 2'],
    ['of two documents', 'a: 1\n---\nb: 2'],
    ['with an alias that leads nowhere', 'a: *nowhere'],
    [
      'with aliases that multiply',
      `a: &a [${'x,'.repeat(9)}x]\nb: &b [${'*a,'.repeat(9)}*a]\nc: [${'*b,'.repeat(9)}*b]`,
    ],
  ])('YAML %s is a problem of the whole file', (_, yaml) => {
    const parsed = parseEstate(yaml);
    expect(parsed).toMatchObject({ ok: false, problems: [{ field: '' }] });
    expect(parsed.ok ? '' : parsed.problems[0]?.message).toContain('is not YAML');
  });

  it.each(['', '42', '- a\n- b', 'null'])('a file that holds %j holds no estate', (yaml) => {
    expect(parseEstate(yaml)).toMatchObject({ ok: false, problems: [{ field: '' }] });
  });
});

it('a comment or another order changes nothing', () => {
  const text = readFileSync(SEED_ESTATE_FILE, 'utf8');
  expect(parseEstate(`# a comment\n${text}`)).toEqual({ ok: true, estate: seedEstate() });
});
