import type * as sdk from '@aws-sdk/client-route-53';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createDnsLab,
  type DnsLab,
  ORIGIN,
  shippedEstate,
  simpleA,
  weightChanges,
  ZONE,
} from './support/dns-lab.ts';

const estate = shippedEstate();
let lab: DnsLab;

beforeEach(() => {
  lab = createDnsLab();
});
afterEach(() => lab.close());

const names = (sets: sdk.ResourceRecordSet[] | undefined) =>
  sets?.map((set) => `${set.Name} ${set.Type} ${set.SetIdentifier ?? ''}`.trim());

async function weights(geography: string, zoneId = ZONE): Promise<Record<string, number | undefined>> {
  const { ResourceRecordSets: sets } = await lab.call('ListResourceRecordSets', { HostedZoneId: zoneId });
  const own = sets?.filter((set) => set.Name === `${geography}.${ORIGIN}`) ?? [];
  return Object.fromEntries(own.map((set) => [set.SetIdentifier, set.Weight]));
}

describe('the estate as it starts', () => {
  it('has its zone with the id of the estate', async () => {
    const { HostedZone: zone, DelegationSet: delegation } = await lab.call('GetHostedZone', {
      Id: `/hostedzone/${ZONE}`,
    });
    expect(zone).toMatchObject({
      Id: `/hostedzone/${ZONE}`,
      Name: 'shop.example.',
      Config: { PrivateZone: false },
    });
    expect(delegation?.NameServers).toHaveLength(4);
  });

  it('has a geolocation alias for every place of every geography', async () => {
    const { ResourceRecordSets: sets } = await lab.call('ListResourceRecordSets', { HostedZoneId: ZONE });
    const origin = sets?.filter((set) => set.Name === ORIGIN) ?? [];
    expect(origin).toHaveLength(estate.geographies.flatMap((geography) => geography.locations).length);
    expect(
      origin.every((set) => set.AliasTarget?.EvaluateTargetHealth && set.AliasTarget.HostedZoneId === ZONE),
    ).toBe(true);
    const bahrain = origin.find((set) => set.GeoLocation?.CountryCode === 'BH');
    expect(bahrain).toMatchObject({ SetIdentifier: 'eu-BH', AliasTarget: { DNSName: `eu.${ORIGIN}` } });
    expect(origin.find((set) => set.GeoLocation?.CountryCode === '*')).toMatchObject({
      AliasTarget: { DNSName: `any.${ORIGIN}` },
    });
  });

  it('sends every geography to its home Region by weights that sum to 200', async () => {
    for (const { key, homeRegion } of estate.geographies) {
      const set = await weights(key);
      expect(Object.keys(set).sort()).toEqual(estate.regions.map((region) => region.code).sort());
      expect(set[homeRegion]).toBe(200);
      expect(Object.values(set).reduce((sum: number, weight) => sum + (weight ?? 0), 0)).toBe(200);
    }
  });

  it('has a health check for each Region on /health', async () => {
    const { HealthChecks: checks } = await lab.call('ListHealthChecks', {});
    expect(checks?.map((check) => check.Id)).toEqual(estate.regions.map((region) => region.healthCheckId));
    expect(checks?.[0]?.HealthCheckConfig).toMatchObject({
      Type: 'HTTP',
      ResourcePath: '/health',
      RequestInterval: 10,
      FailureThreshold: 3,
    });
  });
});

describe('ListResourceRecordSets', () => {
  it('sorts by reversed labels, type and set identifier', async () => {
    await lab.change([
      simpleA('CREATE', 'b.shop.example', '192.0.2.1'),
      simpleA('CREATE', 'z.a.shop.example', '192.0.2.1'),
      simpleA('CREATE', 'a.shop.example', '192.0.2.1'),
      {
        Action: 'CREATE',
        ResourceRecordSet: {
          Name: 'a.shop.example',
          Type: 'TXT',
          TTL: 60,
          ResourceRecords: [{ Value: '"x"' }],
        },
      },
    ]);
    const { ResourceRecordSets: sets } = await lab.call('ListResourceRecordSets', {
      HostedZoneId: ZONE,
      MaxItems: 6,
    });
    expect(names(sets)).toEqual([
      'shop.example. NS',
      'shop.example. SOA',
      'a.shop.example. A',
      'a.shop.example. TXT',
      'z.a.shop.example. A',
      'b.shop.example. A',
    ]);
  });

  it('pages through everything once, by the position it gives', async () => {
    const seen: string[] = [];
    let from: Partial<sdk.ListResourceRecordSetsRequest> = {};
    for (;;) {
      const page = await lab.call('ListResourceRecordSets', { HostedZoneId: ZONE, MaxItems: 7, ...from });
      seen.push(...(names(page.ResourceRecordSets) ?? []));
      if (!page.IsTruncated) break;
      expect(page.ResourceRecordSets).toHaveLength(7);
      from = {
        StartRecordName: page.NextRecordName,
        StartRecordType: page.NextRecordType,
        StartRecordIdentifier: page.NextRecordIdentifier,
      };
    }
    const whole = await lab.call('ListResourceRecordSets', { HostedZoneId: ZONE });
    expect(seen).toEqual(names(whole.ResourceRecordSets));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('starts at a name that does not exist with the next one', async () => {
    const page = await lab.call('ListResourceRecordSets', {
      HostedZoneId: ZONE,
      StartRecordName: `b.${ORIGIN}`,
      MaxItems: 1,
    });
    expect(page.ResourceRecordSets?.[0]?.Name).toBe(`eu.${ORIGIN}`);
  });

  it.each([
    [{ StartRecordType: 'A' as const }, /need StartRecordName/],
    [{ StartRecordName: 'a.shop.example', StartRecordIdentifier: 'x' }, /needs StartRecordType/],
    [{ MaxItems: 0 }, /MaxItems/],
  ])('refuses %j', (input, message) =>
    expect(lab.call('ListResourceRecordSets', { HostedZoneId: ZONE, ...input })).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringMatching(message),
    }),
  );
});

describe('ChangeResourceRecordSets', () => {
  const change = (set: Partial<sdk.ResourceRecordSet>, action: sdk.ChangeAction = 'CREATE') =>
    lab.change([{ Action: action, ResourceRecordSet: { Name: 'n.shop.example', Type: 'A', ...set } }]);
  const values = { TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] };
  const alias = { AliasTarget: { HostedZoneId: ZONE, DNSName: `na.${ORIGIN}`, EvaluateTargetHealth: true } };

  it('moves weights and answers PENDING', async () => {
    const info = await lab.change(weightChanges(estate, 'na', { 'us-east-1': 180, 'eu-west-1': 20 }));
    expect(info).toMatchObject({
      Id: expect.stringMatching(/^\/change\/C[0-9A-Z]{20}$/),
      Status: 'PENDING',
      SubmittedAt: new Date(lab.clock.now() - 500),
    });
    expect(await weights('na')).toEqual({ 'us-east-1': 180, 'eu-west-1': 20, 'ap-southeast-1': 0 });
  });

  it('applies all or nothing', async () => {
    const changes = [
      ...weightChanges(estate, 'na', { 'us-east-1': 1 }),
      simpleA('CREATE', 'www.other.example', '192.0.2.1'),
    ];
    await expect(lab.change(changes)).rejects.toMatchObject({
      code: 'InvalidChangeBatch',
      message: '[RRSet with DNS name www.other.example. is not permitted in zone shop.example.]',
    });
    expect(await weights('na')).toMatchObject({ 'us-east-1': 200 });
  });

  it('joins all problems in one message', () =>
    expect(
      lab.change([
        simpleA('CREATE', 'a.shop.example', 'x'),
        simpleA('DELETE', 'b.shop.example', '192.0.2.1'),
      ]),
    ).rejects.toMatchObject({
      message: expect.stringMatching(
        /^\[Invalid Resource Record: .*, Tried to delete resource record set .*\]$/,
      ),
    }));

  it.each([
    [
      'no data',
      {},
      /Expected exactly one of \[AliasTarget, all of \[TTL, and ResourceRecords\], or TrafficPolicyInstanceId\], but found none in Change with \[Action=CREATE, Name=n\.shop\.example, Type=A, SetIdentifier=null\]/,
    ],
    ['alias with TTL', { ...alias, TTL: 60 }, /but found more than one/],
    ['records without TTL', { ResourceRecords: [{ Value: '192.0.2.1' }] }, /Missing field 'TTL'/],
    [
      'alias without target health',
      { AliasTarget: { HostedZoneId: ZONE, DNSName: 'x.shop.example', EvaluateTargetHealth: undefined } },
      /EvaluateTargetHealth/,
    ],
    ['weight without identifier', { ...values, Weight: 1 }, /Missing field 'SetIdentifier'/],
    [
      'identifier without policy',
      { ...values, SetIdentifier: 'a' },
      /Expected exactly one of \[Weight, Region, Failover, GeoLocation, or MultiValueAnswer\], but found none/,
    ],
    [
      'two policies',
      { ...values, SetIdentifier: 'a', Weight: 1, Region: 'eu-west-1' as const },
      /but found more than one/,
    ],
    ['weight 256', { ...values, SetIdentifier: 'a', Weight: 256 }, /between 0 and 255/],
    ['weight -1', { ...values, SetIdentifier: 'a', Weight: -1 }, /between 0 and 255/],
    ['weight 1.5', { ...values, SetIdentifier: 'a', Weight: 1.5 }, /between 0 and 255/],
    [
      'country and continent',
      { ...values, SetIdentifier: 'a', GeoLocation: { CountryCode: 'DE', ContinentCode: 'EU' } },
      /either ContinentCode or CountryCode/,
    ],
    [
      'unknown continent',
      { ...values, SetIdentifier: 'a', GeoLocation: { ContinentCode: 'XX' } },
      /Unknown ContinentCode XX/,
    ],
    [
      'subdivision of Germany',
      { ...values, SetIdentifier: 'a', GeoLocation: { CountryCode: 'DE', SubdivisionCode: 'BY' } },
      /SubdivisionCode is only allowed/,
    ],
    ['negative TTL', { ...values, TTL: -1 }, /TTL must be between/],
    [
      'a Region that is none',
      { ...values, SetIdentifier: 'a', Region: 'eu-moon-1' as 'eu-west-1' },
      /Unknown Region eu-moon-1/,
    ],
    ['unknown type', { ...values, Type: 'DS' as const }, /Member must satisfy enum value set/],
    ['a name that is none', { ...values, Name: 'a..shop.example' }, /Invalid domain name/],
    [
      'an identifier of 129 characters',
      { ...values, SetIdentifier: 'x'.repeat(129), Weight: 1 },
      /1 to 128 characters/,
    ],
    [
      'a policy the lab lacks',
      { ...values, SetIdentifier: 'a', GeoProximityLocation: { AWSRegion: 'eu-west-1' } },
      /not part of this lab/,
    ],
  ] satisfies [string, Partial<sdk.ResourceRecordSet>, RegExp][])(
    'refuses %s as InvalidInput',
    (_, set, message) =>
      expect(change(set)).rejects.toMatchObject({
        code: 'InvalidInput',
        message: expect.stringMatching(message),
      }),
  );

  it.each([
    ['no changes', []],
    ['no action', [{ Action: undefined, ResourceRecordSet: { Name: 'a.shop.example', Type: 'A' } }]],
    ['no record set', [{ Action: 'CREATE', ResourceRecordSet: undefined }]],
  ] satisfies [string, sdk.Change[]][])('refuses %s', (_, changes) =>
    expect(lab.change(changes)).rejects.toMatchObject({ code: 'InvalidInput' }),
  );

  it('knows load balancers by name and hosted zone', async () => {
    const to = (DNSName: string, HostedZoneId: string) =>
      change({ AliasTarget: { DNSName, HostedZoneId, EvaluateTargetHealth: true } }, 'UPSERT');
    const [us] = estate.regions;
    if (!us) throw new Error('The estate has no Region.');
    const { dnsName, hostedZoneId } = us.loadBalancer;
    await expect(to(dnsName, hostedZoneId)).resolves.toMatchObject({ Status: 'PENDING' });
    await expect(to(`dualstack.${dnsName}`, hostedZoneId)).resolves.toMatchObject({ Status: 'PENDING' });
    await expect(to(dnsName, 'Z32O12XQLNTSW2')).rejects.toMatchObject({
      message: expect.stringContaining('does not lie within the target zone'),
    });
    await expect(to('gone-1.us-east-1.elb.amazonaws.com', hostedZoneId)).rejects.toMatchObject({
      message: expect.stringContaining('that target was not found'),
    });
  });

  it('needs the health check to exist, but not to delete a record that names it', async () => {
    const set = { ...values, SetIdentifier: 'a', Weight: 1, HealthCheckId: estate.regions[0]?.healthCheckId };
    await expect(change({ ...set, HealthCheckId: 'nope' })).rejects.toMatchObject({
      code: 'NoSuchHealthCheck',
      status: 404,
    });
    await change(set);
    await lab.call('DeleteHealthCheck', { HealthCheckId: set.HealthCheckId });
    await expect(change(set, 'DELETE')).resolves.toMatchObject({ Status: 'PENDING' });
  });

  it('refuses a second batch while the first is being applied, whole', async () => {
    const batch = (weight: number) =>
      lab.call('ChangeResourceRecordSets', {
        HostedZoneId: ZONE,
        ChangeBatch: { Changes: weightChanges(estate, 'na', { 'us-east-1': weight }) },
      });
    const first = batch(10);
    await expect(batch(20)).rejects.toMatchObject({ code: 'PriorRequestNotComplete' });
    lab.clock.advance(500);
    await first;
    expect(await weights('na')).toMatchObject({ 'us-east-1': 10 });
    await expect(lab.change(weightChanges(estate, 'na', { 'us-east-1': 20 }))).resolves.toMatchObject({
      Status: 'PENDING',
    });
  });

  it('lets two zones change at once', async () => {
    const { HostedZone: other } = await lab.call('CreateHostedZone', {
      Name: 'other.example',
      CallerReference: 'r1',
    });
    const first = lab.call('ChangeResourceRecordSets', {
      HostedZoneId: ZONE,
      ChangeBatch: { Changes: [simpleA('CREATE', 'a.shop.example', '192.0.2.1')] },
    });
    await expect(
      lab.change([simpleA('CREATE', 'a.other.example', '192.0.2.1')], other?.Id ?? ''),
    ).resolves.toMatchObject({ Status: 'PENDING' });
    await first;
  });
});

describe('propagation', () => {
  const answer = (name: string) =>
    lab.route53.resolver.resolve(name, 'A', undefined).answers.map((one) => one.value);
  const status = async (info: sdk.ChangeInfo) =>
    (await lab.call('GetChange', { Id: info.Id })).ChangeInfo?.Status;

  it('goes from PENDING to INSYNC in 40 to 60 s; DNS follows on the way', async () => {
    const info = await lab.change([simpleA('CREATE', 'new.shop.example', '192.0.2.1')]);
    const startedAt = lab.clock.now() - 500;
    let answeredAfter: number | undefined;
    while ((await status(info)) === 'PENDING') {
      lab.clock.advance(500);
      if (answer('new.shop.example').length > 0) answeredAfter ??= lab.clock.now() - startedAt;
    }
    const inSyncAfter = lab.clock.now() - startedAt;
    expect(inSyncAfter).toBeGreaterThanOrEqual(40_000);
    expect(inSyncAfter).toBeLessThanOrEqual(60_500);
    expect(answeredAfter).toBeGreaterThan(5_000);
    expect(answeredAfter).toBeLessThan(inSyncAfter);
    expect(answer('new.shop.example')).toEqual(['192.0.2.1']);
  });

  it('keeps the order of changes to one zone', async () => {
    const seen = new Set<string>();
    for (let i = 1; i <= 5; i++) await lab.change([simpleA('UPSERT', 'n.shop.example', `192.0.2.${i}`)]);
    for (let second = 0; second < 70; second++) {
      lab.clock.advance(1000);
      for (const address of answer('n.shop.example')) seen.add(address);
    }
    expect([...seen]).toEqual([...seen].sort());
    expect(answer('n.shop.example')).toEqual(['192.0.2.5']);
  });

  it('reports a change it does not know', () =>
    expect(lab.call('GetChange', { Id: '/change/CNOPE' })).rejects.toMatchObject({
      code: 'NoSuchChange',
      status: 404,
    }));

  it('survives a restart in the middle', async () => {
    const info = await lab.change([simpleA('CREATE', 'new.shop.example', '192.0.2.1')]);
    await lab.restart();
    expect(await status(info)).toBe('PENDING');
    expect(answer('new.shop.example')).toEqual([]);
    lab.clock.advance(60_000);
    expect(await status(info)).toBe('INSYNC');
    expect(answer('new.shop.example')).toEqual(['192.0.2.1']);
    expect(lab.route53.zones.list()).toHaveLength(1);
  });

  it('is undone by a reset, in flight or not', async () => {
    const info = await lab.change(weightChanges(estate, 'na', { 'us-east-1': 1 }));
    await lab.route53.part.reset?.();
    lab.clock.advance(60_000);
    expect(await weights('na')).toMatchObject({ 'us-east-1': 200 });
    await expect(lab.call('GetChange', { Id: info.Id })).rejects.toMatchObject({ code: 'NoSuchChange' });
    expect(answer(ORIGIN)).toEqual(['127.0.11.1']);
  });
});

describe('the control plane away', () => {
  const down = () => lab.ctx.chaos.change({ route53ControlPlane: 'down' });
  const refused = { code: 'ServiceUnavailable', status: 503 };
  const answer = (name: string) =>
    lab.route53.resolver.resolve(name, 'A', undefined).answers.map((one) => one.value);

  it('answers 503 while DNS goes on, by its own switch or with us-east-1', async () => {
    for (const patch of [
      { route53ControlPlane: 'down' as const },
      { outages: { 'us-east-1': 'drop' as const } },
    ]) {
      await lab.ctx.chaos.change(patch);
      await expect(lab.call('ListHostedZones', {})).rejects.toMatchObject(refused);
      await expect(lab.change([simpleA('CREATE', 'a.shop.example', '192.0.2.1')])).rejects.toMatchObject(
        refused,
      );
      expect(answer(ORIGIN)).toEqual(['127.0.11.1']);
      await lab.ctx.chaos.heal();
      await expect(lab.call('ListHostedZones', {})).resolves.toMatchObject({ IsTruncated: false });
    }
  });

  it('does not mind another Region out', async () => {
    await lab.ctx.chaos.change({ outages: { 'eu-west-1': 'drop' } });
    await expect(lab.call('ListHostedZones', {})).resolves.toBeDefined();
  });

  it('strands changes in flight until it is back', async () => {
    const info = await lab.change([simpleA('CREATE', 'new.shop.example', '192.0.2.1')]);
    await down();
    lab.clock.advance(10 * 60_000);
    expect(answer('new.shop.example')).toEqual([]);
    await lab.ctx.chaos.heal();
    lab.clock.advance(60_000);
    expect(answer('new.shop.example')).toEqual(['192.0.2.1']);
    expect((await lab.call('GetChange', { Id: info.Id })).ChangeInfo?.Status).toBe('INSYNC');
  });

  it('with accelerated recovery takes changes again after 60 minutes, and only those operations', async () => {
    await lab.call('UpdateHostedZoneFeatures', { HostedZoneId: ZONE, EnableAcceleratedRecovery: true });
    const features = async () =>
      (await lab.call('GetHostedZone', { Id: ZONE })).HostedZone?.Features?.AcceleratedRecoveryStatus;
    expect(await features()).toBe('ENABLING');
    lab.clock.advance(5 * 60_000);
    expect(await features()).toBe('ENABLED');

    await down();
    lab.clock.advance(59 * 60_000);
    await expect(lab.change([simpleA('CREATE', 'new.shop.example', '192.0.2.1')])).rejects.toMatchObject(
      refused,
    );
    lab.clock.advance(60_000);
    await lab.change([simpleA('CREATE', 'new.shop.example', '192.0.2.1')]);
    lab.clock.advance(60_000);
    expect(answer('new.shop.example')).toEqual(['192.0.2.1']);
    await expect(lab.call('ListHealthChecks', {})).rejects.toMatchObject(refused);
  });
});

describe('hosted zones', () => {
  it('are created with NS and SOA and served once in sync', async () => {
    const created = await lab.call('CreateHostedZone', {
      Name: 'Other.Example',
      CallerReference: 'r1',
      HostedZoneConfig: { Comment: 'mine' },
    });
    expect(created.HostedZone).toMatchObject({
      Name: 'other.example.',
      Config: { Comment: 'mine', PrivateZone: false },
      ResourceRecordSetCount: 2,
    });
    expect(created.ChangeInfo?.Status).toBe('PENDING');
    const soa = () => lab.route53.resolver.resolve('other.example', 'SOA', undefined).code;
    expect(soa()).toBe('REFUSED');
    lab.clock.advance(60_000);
    expect(soa()).toBe('NOERROR');
  });

  it('are refused a second time for the same reference', async () => {
    await lab.call('CreateHostedZone', { Name: 'other.example', CallerReference: 'r1' });
    await expect(
      lab.call('CreateHostedZone', { Name: 'third.example', CallerReference: 'r1' }),
    ).rejects.toMatchObject({ code: 'HostedZoneAlreadyExists' });
  });

  it.each([
    [{ Name: 'a..b', CallerReference: 'x' }, 'InvalidDomainName'],
    [{ Name: '', CallerReference: 'x' }, 'InvalidDomainName'],
    [{ Name: 'a.example', CallerReference: '' }, 'InvalidInput'],
    [{ Name: 'a.example', CallerReference: 'x', HostedZoneConfig: { PrivateZone: true } }, 'InvalidInput'],
  ])('%j is refused as %s', (input, code) =>
    expect(lab.call('CreateHostedZone', input)).rejects.toMatchObject({ code }),
  );

  it('are deleted only when empty, and then no longer served', async () => {
    const { HostedZone: zone } = await lab.call('CreateHostedZone', {
      Name: 'other.example',
      CallerReference: 'r1',
    });
    const id = zone?.Id ?? '';
    await lab.change([simpleA('CREATE', 'www.other.example', '192.0.2.1')], id);
    await expect(lab.call('DeleteHostedZone', { Id: id })).rejects.toMatchObject({
      code: 'HostedZoneNotEmpty',
    });
    await lab.change([simpleA('DELETE', 'www.other.example', '192.0.2.1')], id);
    lab.clock.advance(60_000);
    await lab.call('DeleteHostedZone', { Id: id });
    await expect(lab.call('GetHostedZone', { Id: id })).rejects.toMatchObject({
      code: 'NoSuchHostedZone',
      status: 404,
    });
    lab.clock.advance(60_000);
    expect(lab.route53.resolver.resolve('www.other.example', 'A', undefined).code).toBe('REFUSED');
  });

  it('private ones are kept but not served to the public', async () => {
    const { HostedZone: zone } = await lab.call('CreateHostedZone', {
      Name: 'inside.example',
      CallerReference: 'r1',
      VPC: { VPCId: 'vpc-1', VPCRegion: 'us-east-1' },
    });
    lab.clock.advance(60_000);
    expect(await lab.call('GetHostedZone', { Id: zone?.Id })).toMatchObject({
      HostedZone: { Config: { PrivateZone: true } },
      VPCs: [{ VPCId: 'vpc-1' }],
    });
    expect(lab.route53.resolver.resolve('inside.example', 'SOA', undefined).code).toBe('REFUSED');
    await expect(
      lab.call('UpdateHostedZoneFeatures', { HostedZoneId: zone?.Id, EnableAcceleratedRecovery: true }),
    ).rejects.toMatchObject({ code: 'InvalidInput' });
  });

  it('are listed in pages, by creation and by name', async () => {
    for (const name of ['b.example', 'a.example', 'www.a.example'])
      await lab.call('CreateHostedZone', { Name: name, CallerReference: name });
    const first = await lab.call('ListHostedZones', { MaxItems: 3 });
    expect(first).toMatchObject({ IsTruncated: true, MaxItems: 3 });
    const rest = await lab.call('ListHostedZones', { MaxItems: 3, Marker: first.NextMarker });
    expect([...(first.HostedZones ?? []), ...(rest.HostedZones ?? [])]).toHaveLength(4);
    expect(rest.IsTruncated).toBe(false);
    const byName = await lab.call('ListHostedZonesByName', { DNSName: 'a.example', MaxItems: 2 });
    expect(byName.HostedZones?.map((zone) => zone.Name)).toEqual(['a.example.', 'www.a.example.']);
    expect(byName).toMatchObject({ IsTruncated: true, NextDNSName: 'b.example.' });
    await expect(lab.call('ListHostedZones', { Marker: 'ZNOPE' })).rejects.toMatchObject({
      code: 'InvalidInput',
    });
  });
});

describe('health checks', () => {
  const config: sdk.HealthCheckConfig = { Type: 'HTTP', IPAddress: '127.0.0.1', Port: 81, ResourcePath: '/' };
  const create = (CallerReference: string, HealthCheckConfig: sdk.HealthCheckConfig = config) =>
    lab.call('CreateHealthCheck', { CallerReference, HealthCheckConfig });

  it('get defaults, a UUID and version 1', async () => {
    const { HealthCheck: check } = await create('a');
    expect(check).toMatchObject({
      Id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
      HealthCheckVersion: 1,
      HealthCheckConfig: {
        RequestInterval: 30,
        FailureThreshold: 3,
        Inverted: false,
        Disabled: false,
        MeasureLatency: false,
      },
    });
  });

  it('answer the same check to the same reference and settings, and refuse other settings or a deleted one', async () => {
    const { HealthCheck: check } = await create('a');
    expect((await create('a')).HealthCheck?.Id).toBe(check?.Id);
    await expect(create('a', { ...config, Port: 82 })).rejects.toMatchObject({
      code: 'HealthCheckAlreadyExists',
    });
    await lab.call('DeleteHealthCheck', { HealthCheckId: check?.Id });
    await expect(create('a')).rejects.toMatchObject({ code: 'HealthCheckAlreadyExists' });
  });

  it('are updated under the version that was read', async () => {
    const { HealthCheck: check } = await create('a');
    const updated = await lab.call('UpdateHealthCheck', {
      HealthCheckId: check?.Id,
      HealthCheckVersion: 1,
      Inverted: true,
    });
    expect(updated.HealthCheck).toMatchObject({
      HealthCheckVersion: 2,
      HealthCheckConfig: { Inverted: true, Port: 81 },
    });
    await expect(
      lab.call('UpdateHealthCheck', { HealthCheckId: check?.Id, HealthCheckVersion: 1, Inverted: false }),
    ).rejects.toMatchObject({
      code: 'HealthCheckVersionMismatch',
    });
    const reset = await lab.call('UpdateHealthCheck', {
      HealthCheckId: check?.Id,
      ResetElements: ['ResourcePath'],
    });
    expect(reset.HealthCheck?.HealthCheckConfig?.ResourcePath).toBeUndefined();
  });

  it('inverting or disabling one changes its verdict at once', async () => {
    const { HealthCheck: check } = await create('a');
    const id = check?.Id ?? '';
    const { isHealthy } = lab.route53.healthChecks;
    expect(isHealthy(id)).toBe(true);
    await lab.call('UpdateHealthCheck', { HealthCheckId: id, Inverted: true });
    expect(isHealthy(id)).toBe(false);
    await lab.call('UpdateHealthCheck', { HealthCheckId: id, Inverted: false, Disabled: true });
    expect(isHealthy(id)).toBe(true);
  });

  it('calculated ones follow their children', async () => {
    const a = (await create('a')).HealthCheck?.Id ?? '';
    const b = (await create('b')).HealthCheck?.Id ?? '';
    const { HealthCheck: parent } = await create('c', {
      Type: 'CALCULATED',
      ChildHealthChecks: [a, b],
      HealthThreshold: 2,
    });
    const healthy = () => lab.route53.healthChecks.isHealthy(parent?.Id ?? '');
    expect(healthy()).toBe(true);
    await lab.call('UpdateHealthCheck', { HealthCheckId: a, Inverted: true });
    expect(healthy()).toBe(false);
    await lab.call('UpdateHealthCheck', { HealthCheckId: parent?.Id, HealthThreshold: 1 });
    expect(healthy()).toBe(true);
    await expect(lab.call('GetHealthCheckStatus', { HealthCheckId: parent?.Id })).rejects.toMatchObject({
      code: 'InvalidInput',
    });
  });

  it('on an alarm without data take what they were told to', async () => {
    const alarm = {
      Type: 'CLOUDWATCH_METRIC' as const,
      AlarmIdentifier: { Region: 'eu-west-1' as const, Name: 'errors' },
    };
    const unhealthy = await create('a', { ...alarm, InsufficientDataHealthStatus: 'Unhealthy' });
    const last = await create('b', alarm);
    expect(lab.route53.healthChecks.isHealthy(unhealthy.HealthCheck?.Id ?? '')).toBe(false);
    expect(lab.route53.healthChecks.isHealthy(last.HealthCheck?.Id ?? '')).toBe(true);
  });

  it.each([
    [{ Type: undefined }, /Type must be one of/],
    [{ Type: 'RECOVERY_CONTROL' as const }, /Type must be one of/],
    [{ Type: 'HTTP' as const }, /either IPAddress or FullyQualifiedDomainName/],
    [{ ...config, IPAddress: '10.0.0.1' }, /not an address that Route 53 can check/],
    [{ ...config, IPAddress: 'x' }, /not an address that Route 53 can check/],
    [{ ...config, Port: 0 }, /Port must be an integer between 1 and 65535/],
    [{ ...config, RequestInterval: 20 }, /RequestInterval must be 10 or 30/],
    [{ ...config, FailureThreshold: 11 }, /FailureThreshold must be an integer between 1 and 10/],
    [{ ...config, Type: 'HTTP_STR_MATCH' as const }, /SearchString is required/],
    [{ ...config, SearchString: 'x' }, /SearchString is not allowed/],
    [{ ...config, ResourcePath: `/${'x'.repeat(255)}` }, /ResourcePath must have at most 255/],
    [{ ...config, Regions: ['us-east-1' as const] }, /at least 3 Regions/],
    [{ Type: 'TCP' as const, IPAddress: '127.0.0.1' }, /Port must be/],
    [
      { Type: 'CALCULATED' as const, HealthThreshold: 1, ChildHealthChecks: ['nope'] },
      /names nope, which does not exist/,
    ],
    [{ Type: 'CALCULATED' as const, HealthThreshold: 1, Port: 80 }, /Port is not allowed/],
    [{ Type: 'CLOUDWATCH_METRIC' as const }, /AlarmIdentifier/],
  ] satisfies [sdk.HealthCheckConfig, RegExp][])('refuse %j', (bad, message) =>
    expect(create('x', bad)).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringMatching(message),
    }),
  );

  it('cannot be found after they are deleted; records that name them count as healthy', async () => {
    const id = estate.regions[0]?.healthCheckId;
    await lab.call('DeleteHealthCheck', { HealthCheckId: id });
    await expect(lab.call('GetHealthCheck', { HealthCheckId: id })).rejects.toMatchObject({
      code: 'NoSuchHealthCheck',
      status: 404,
    });
    expect(lab.route53.resolver.resolve(ORIGIN, 'A', undefined).answers.map((one) => one.value)).toEqual([
      '127.0.11.1',
    ]);
  });

  it('keep what was configured over a restart, and their targets over a reset', async () => {
    const id = estate.regions[0]?.healthCheckId ?? '';
    lab.route53.healthChecks.setTarget(id, { ipAddress: '127.0.11.1', port: 8080 });
    await lab.call('UpdateHealthCheck', { HealthCheckId: id, Inverted: true });
    await lab.restart();
    expect((await lab.call('GetHealthCheck', { HealthCheckId: id })).HealthCheck).toMatchObject({
      HealthCheckVersion: 2,
      HealthCheckConfig: { Inverted: true, Port: 8080 },
    });
    lab.route53.healthChecks.setTarget(id, { ipAddress: '127.0.11.1', port: 8081 });
    await lab.route53.part.reset?.();
    expect((await lab.call('GetHealthCheck', { HealthCheckId: id })).HealthCheck).toMatchObject({
      HealthCheckVersion: 1,
      HealthCheckConfig: { IPAddress: '127.0.11.1', Port: 8081, Inverted: false },
    });
  });
});

describe('tags', () => {
  it('are added, replaced, removed and listed', async () => {
    const of = { ResourceType: 'hostedzone' as const, ResourceId: ZONE };
    await lab.call('ChangeTagsForResource', {
      ...of,
      AddTags: [
        { Key: 'team', Value: 'sre' },
        { Key: 'x', Value: '1' },
      ],
    });
    await lab.call('ChangeTagsForResource', {
      ...of,
      AddTags: [{ Key: 'team', Value: 'web' }],
      RemoveTagKeys: ['x'],
    });
    expect((await lab.call('ListTagsForResource', of)).ResourceTagSet).toEqual({
      ...of,
      Tags: [{ Key: 'team', Value: 'web' }],
    });
    const many = await lab.call('ListTagsForResources', { ResourceType: 'hostedzone', ResourceIds: [ZONE] });
    expect(many.ResourceTagSets).toHaveLength(1);
  });

  it.each([
    [{ ResourceType: 'hostedzone' as const, ResourceId: 'ZNOPE' }, 'NoSuchHostedZone'],
    [{ ResourceType: 'healthcheck' as const, ResourceId: 'nope' }, 'NoSuchHealthCheck'],
  ])('of %j are refused as %s', (of, code) =>
    expect(lab.call('ListTagsForResource', of)).rejects.toMatchObject({ code }),
  );
});

describe('TestDNSAnswer', () => {
  const test = (input: Partial<sdk.TestDNSAnswerRequest>) =>
    lab.call('TestDNSAnswer', { HostedZoneId: ZONE, RecordName: ORIGIN, RecordType: 'A', ...input });

  it.each([
    [{ ResolverIP: '192.0.2.1' }, '127.0.11.1'],
    [{ ResolverIP: '203.0.113.1' }, '127.0.12.1'],
    [{ ResolverIP: '203.0.113.1', EDNS0ClientSubnetIP: '198.51.100.0' }, '127.0.13.1'],
    [{ EDNS0ClientSubnetIP: '10.131.0.0' }, '127.0.12.1'],
    [{}, '127.0.11.1'],
  ])('%j gets %s', async (input, address) =>
    expect(await test(input)).toMatchObject({
      RecordData: [address],
      ResponseCode: 'NOERROR',
      Protocol: 'UDP',
      RecordName: ORIGIN,
    }),
  );

  it.each([[{ RecordName: 'www.other.example' }], [{ ResolverIP: 'x' }], [{ RecordType: 'DS' as const }]])(
    'refuses %j',
    (input) => expect(test(input)).rejects.toMatchObject({ code: 'InvalidInput' }),
  );
});
