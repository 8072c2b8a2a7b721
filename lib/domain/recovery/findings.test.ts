import { describe, expect, it } from 'vitest';
import {
  AP,
  copyOfEstate,
  databaseOf,
  EU,
  homeOf,
  homeWeights,
  meshed,
  outlook,
  type RegionChanges,
  seen,
  stale,
  switchedZone,
  trafficOf,
  US,
  unseen,
  zoneOf,
} from '#test/recovery-facts.ts';
import { type Outlook, requireDeclared } from './facts.ts';
import { type Finding, listFindings } from './findings.ts';
import { LIVE_CHECKS } from './findings-live.ts';
import { RECOVERY_PARAMS } from './params.ts';
import { STATEMENTS } from './statements.ts';

const estate = copyOfEstate();
const [us, eu, ap] = [US, EU, AP].map((code) => requireDeclared(outlook(), code));
if (!us || !eu || !ap) throw new Error('The estate lacks a Region.');

function finding(given: Outlook, code: string): Finding {
  const found = listFindings(given).find((candidate) => candidate.code === code);
  if (!found) throw new Error(`No finding ${code}.`);
  return found;
}

describe('the list', () => {
  it('has each row of the AWS facts once', () => {
    const codes = STATEMENTS.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => code.startsWith('B-'))).toHaveLength(24);
    expect(codes.filter((code) => code.startsWith('C-'))).toHaveLength(28);
    expect(codes.filter((code) => code.startsWith('R-'))).toHaveLength(27);
  });

  it('looks live at nothing that is no statement', () => {
    const codes = STATEMENTS.map(({ code }) => code);
    for (const code of Object.keys(LIVE_CHECKS)) expect(codes).toContain(code);
  });

  it('begins with what is open and worst', () => {
    const [first] = listFindings(outlook());
    expect(first).toMatchObject({ state: 'open', severity: 'block' });
    const states = listFindings(outlook()).map(({ state }) => state);
    expect(states).toEqual(
      [...states].sort(
        (a, b) => ['open', 'unknown', 'gone'].indexOf(a) - ['open', 'unknown', 'gone'].indexOf(b),
      ),
    );
  });

  it('says what the document says, or that it says nothing', () => {
    expect(finding(outlook(), 'B-04')).toEqual({
      code: 'B-04',
      title: 'An operation that does not exist',
      severity: 'block',
      state: 'open',
      says: { line: 'L733', quote: 'aws rds delete-db-instance-read-replica' },
      evidence: {
        kind: 'document',
        text: 'It is written in line 733 of the strategy; no observation can tell whether somebody follows it.',
        observedAt: null,
      },
      remedy: { text: 'Deletion protection off, then DeleteDBInstance without a final snapshot.' },
      source: 'B-04',
    });
    expect(finding(outlook(), 'R-11')).toMatchObject({
      says: null,
      evidence: { text: 'The strategy says nothing of it, and no observation can tell.' },
    });
  });

  it('reads as sentences, whatever is seen', () => {
    const nothing = outlook(
      Object.fromEntries(
        [US, EU, AP].map((code) => [
          code,
          Object.fromEntries(
            Object.keys(outlook().facts.regions[0] ?? {})
              .filter((key) => key !== 'code')
              .map((key) => [key, unseen('denied')]),
          ),
        ]),
      ),
      { zone: unseen('denied'), records: unseen('denied') },
    );
    for (const given of [outlook(), outlook(meshed()), nothing]) {
      for (const { code, evidence, remedy } of listFindings(given)) {
        expect(evidence.text, code).toMatch(/^([A-Z\d]|us-|eu-|ap-|ecommerce-|ldgnf-|to-).*[^.]\.$/);
        expect(remedy.text, code).toMatch(/[^.]\.$/);
        if (remedy.operation) RECOVERY_PARAMS[remedy.operation.kind].parse(remedy.operation.params);
      }
    }
    const guessed = listFindings(nothing).filter(
      ({ evidence, state }) => evidence.kind === 'live' && evidence.observedAt === null && state === 'gone',
    );
    // What rests on the estate and the clock alone is known without an observation.
    expect(guessed.map(({ code }) => code)).toEqual(['C-22']);
  });
});

describe('what the live estate shows', () => {
  const databases = (changes: Parameters<typeof databaseOf>[1]): RegionChanges => ({
    [EU]: { database: seen(databaseOf(eu, changes)) },
  });
  const storage = (changes: object, versioned = true): RegionChanges => {
    const rules = [eu, ap].map(({ code, bucket }) => ({
      id: `to-${code}`,
      enabled: true,
      destination: bucket,
      timeControl: true,
      deleteMarkers: true,
      encrypted: true,
      latencySeconds: null,
      pendingOperations: null,
      ...changes,
    }));
    return { [US]: { storage: seen({ bucket: us.bucket, versioned, rules }) } };
  };
  const service = (liveVersion: string, image: string, more: string[] = ['1.3.0']) =>
    seen({
      namespace: 'shop',
      service: 'app-service',
      liveVersion,
      deployments: [liveVersion, ...more].map((version) => ({
        name: version,
        version,
        image,
        desired: 1,
        ready: 1,
      })),
    });
  const slow = { ...trafficOf(4), writes: { requestsPerSecond: 1, errorRate: 0, p95Ms: 312.4 } };
  const cache = (role: 'primary' | 'secondary' | 'standalone') =>
    seen({
      replicationGroup: 'g',
      globalDatastore: role === 'standalone' ? null : 'store',
      role,
      status: 'available',
      lagSeconds: null,
    });
  const standalone = Object.fromEntries([US, EU, AP].map((code) => [code, { cache: cache('standalone') }]));
  const bothWays = {
    [US]: {
      queue: seen({
        cluster: 'q',
        status: 'ACTIVE',
        replicators: [{ name: 'eu-to-us', sourceRegion: EU, state: 'RUNNING', messageLag: 0 }],
      }),
    },
  };
  const ready = Object.fromEntries(
    [US, EU, AP].map((code) => [code, { nodes: seen({ ready: 40, total: 40 }) }]),
  );
  const noRecords = {
    records: seen({
      zoneId: 'Z',
      ...homeWeights(estate),
      recordWeights: { na: { [US]: 0, [EU]: 0 } },
      hash: 'h',
    }),
  };
  const disabled = zoneOf(estate);
  disabled.checks = disabled.checks.map((check, i) => ({ ...check, disabled: i === 0 }));
  const loose = copyOfEstate();
  for (const geography of loose.geographies) {
    geography.residency = undefined;
    geography.locations = geography.locations.filter((location) => 'continent' in location);
  }
  const slowly = copyOfEstate();
  slowly.metrics.periodSeconds = 60;
  const large = copyOfEstate();
  for (const region of large.regions) region.support = { hours: '24/7', timeZone: 'UTC' };
  const roomy = Object.fromEntries(
    [US, EU, AP].map((code) => [
      code,
      { nodeGroup: seen({ minimum: 1, maximum: 100, desired: 50, status: 'ACTIVE' }) },
    ]),
  );
  const promoted = databaseOf(eu, { role: 'primary', replication: null, sourceArn: null });

  it.each<[string, string, Outlook, Finding['state'], string | RegExp]>([
    [
      'B-02',
      'a rule to each',
      outlook(),
      'gone',
      'ecommerce-assets-us-east-1 has a rule to every other Region.',
    ],
    [
      'B-02',
      'rules replaced',
      outlook(storage({ destination: 'elsewhere' })),
      'open',
      /has no enabled rule to ecommerce-assets-eu-west-1 and ecommerce-assets-ap-southeast-1/,
    ],
    [
      'B-05',
      'two peerings',
      outlook(),
      'open',
      '1 of 3 pairs is not connected: eu-west-1 with ap-southeast-1.',
    ],
    ['B-05', 'three', outlook(meshed()), 'gone', 'All 3 pairs of Regions reach each other.'],
    ['B-05', 'not seen', outlook({ ...meshed(), [AP]: { peering: unseen() } }), 'unknown', /is not known/],
    [
      'B-06',
      'no switch',
      outlook(),
      'open',
      'No switch is prepared for us-east-1, eu-west-1 and ap-southeast-1.',
    ],
    [
      'B-06',
      'prepared',
      outlook({}, { zone: seen(switchedZone(estate)) }),
      'gone',
      /^Every Region can be taken out of DNS/,
    ],
    [
      'B-06',
      'not seen',
      outlook({}, { zone: stale(zoneOf(estate)) }),
      'unknown',
      'The zone is not known: last seen 60 min ago; connection reset.',
    ],
    [
      'B-09',
      'idle',
      outlook({ [EU]: { lag: seen({ seconds: 240, bytes: 0, class: 'ok', idle: true }) } }),
      'open',
      'ReplicaLag of eu-west-1 says 4 min, and nothing is missing there: nobody writes.',
    ],
    ['B-10', 'secondaries', outlook(), 'open', /^ecommerce-eu-west-1 in eu-west-1 is a secondary/],
    ['B-10', 'none', outlook(standalone), 'gone', 'No cache is a secondary of one in another Region.'],
    [
      'B-11',
      'full',
      outlook(),
      'open',
      /is full: us-east-1, eu-west-1 and ap-southeast-1 are its members, and it takes 3\.$/,
    ],
    [
      'B-11',
      'free',
      outlook({ [AP]: { cache: cache('standalone') } }),
      'gone',
      'A cache of another Region could still join.',
    ],
    [
      'B-17',
      'without time control',
      outlook(storage({ timeControl: false })),
      'open',
      'to-eu-west-1 has no time control. to-ap-southeast-1 has no time control.',
    ],
    ['B-17', 'with it', outlook(), 'gone', '2 rules of ecommerce-assets-us-east-1 without a gap.'],
    [
      'B-18',
      'no versions',
      outlook(storage({}, false)),
      'open',
      'ecommerce-assets-us-east-1 keeps no versions: nothing is replicated.',
    ],
    [
      'B-18',
      'gaps',
      outlook(storage({ encrypted: false, deleteMarkers: false })),
      'open',
      /^to-eu-west-1 leaves out what is encrypted with a KMS key\. to-eu-west-1 leaves out delete markers/,
    ],
    [
      'B-19',
      'as RDS leaves it',
      outlook(
        databases({
          parameterGroup: 'default.postgres16',
          backupRetentionDays: 0,
          deletionProtection: false,
        }),
      ),
      'open',
      /has RDS’ own parameter group, no backups and no deletion protection\.$/,
    ],
    ['B-20', 'split brain', outlook({ [EU]: { database: seen(promoted) } }), 'open', /^Split brain/],
    ['B-20', 'one', outlook(), 'gone', /the document’s steps do not\.$/],
    ['C-01', 'of the lab', outlook(), 'gone', /confirmed after 15 s/],
    [
      'C-01',
      'on AWS',
      outlook({}, {}, slowly),
      'open',
      'The loss of a Region is confirmed after 3 min, reckoned from intervals and thresholds.',
    ],
    [
      'C-03',
      'EU orders outside',
      outlook(),
      'open',
      'Orders of Europe, Middle East, Africa are bound to EU and stored in us-east-1 (US) and ap-southeast-1 (SG).',
    ],
    ['C-03', 'nobody bound', outlook({}, {}, loose), 'gone', 'No geography is bound to a jurisdiction.'],
    [
      'C-08',
      'the document’s ranges',
      outlook(),
      'open',
      'Without us-east-1 the rest carry 50 % of peak, without eu-west-1 the rest carry 70 % of peak and without ap-southeast-1 the rest carry 80 % of peak.',
    ],
    ['C-08', 'room enough', outlook(roomy), 'gone', 'At peak, 100 nodes, any Region may be lost.'],
    [
      'C-09',
      'smaller',
      outlook(databases({ class: 'db.r6g.xlarge', multiAz: false })),
      'open',
      'ecommerce-db-eu-west-1 has class db.r6g.xlarge, not db.r6g.2xlarge and one zone, not Multi-AZ.',
    ],
    [
      'C-12',
      'two versions',
      outlook({ [AP]: { service: service('1.5.0', 'x') } }),
      'open',
      /ap-southeast-1 serves 1\.5\.0\.$/,
    ],
    [
      'C-13',
      'no way back',
      outlook({ [AP]: { service: service('1.4.0', 'x', []) } }),
      'open',
      'ap-southeast-1 has no deployment but that of 1.4.0.',
    ],
    [
      'C-15',
      'slow',
      outlook({ [AP]: { traffic: seen(slow) } }),
      'open',
      'P95 of orders forwarded to us-east-1: 312 ms in ap-southeast-1, over the 200 ms of the gate.',
    ],
    [
      'C-15',
      'not measured',
      outlook({ [AP]: { traffic: unseen() } }),
      'unknown',
      'Not known while ap-southeast-1 is not seen.',
    ],
    ['C-21', 'two levels', outlook(), 'gone', 'Each of 4 geographies has a weighted set below its place.'],
    ['C-21', 'a set missing', outlook({}, noRecords), 'open', 'There is no weighted set for eu, ap and any.'],
    ['C-22', 'records by country', outlook(), 'gone', /^All 14 countries/],
    [
      'C-22',
      'left to Asia',
      outlook({}, {}, loose),
      'open',
      /are left to Asia and addresses in no list get no answer\.$/,
    ],
    ['C-26', 'overdue', outlook(), 'open', 'Its review was due on 2026-01-24, 303 days ago.'],
    [
      'C-26',
      'before',
      outlook({}, { now: new Date('2026-01-01T00:00:00Z') }),
      'gone',
      'Its next review is due on 2026-01-24.',
    ],
    [
      'C-27',
      'asleep',
      outlook({}, { now: new Date('2026-11-23T03:12:00Z') }),
      'open',
      'Nobody is on duty in eu-west-1 (03:12, from 09:00).',
    ],
    ['C-27', 'always awake', outlook({}, {}, large), 'gone', 'Somebody is on duty everywhere at every hour.'],
    ['R-01', 'the writer there', outlook(), 'open', /^Orders are written in us-east-1/],
    [
      'R-01',
      'the console there',
      outlook({}, { home: homeOf(estate, { console: US }) }),
      'open',
      /may be lost with what it has to recover\.$/,
    ],
    [
      'R-02',
      'too few',
      outlook(),
      'open',
      /^us-east-1 has 20 nodes ready and would need 26 without eu-west-1/,
    ],
    ['R-02', 'enough', outlook(ready), 'gone', /^What is ready would carry the load/],
    ['R-03', 'measured', outlook(), 'gone', /^It is measured here: at most /],
    [
      'R-05',
      'one probe for both',
      outlook({ [EU]: { canaries: seen({ probes: [{ target: US, path: 'writes', success: 1, at: '' }] }) } }),
      'open',
      'The canary in eu-west-1 does not look at reads and orders apart.',
    ],
    [
      'R-06',
      'all zero',
      outlook({}, noRecords),
      'open',
      'All weights of na are 0: its users are spread over every Region.',
    ],
    [
      'R-07',
      'one disabled',
      outlook({}, { zone: seen(disabled) }),
      'open',
      /is disabled and count as healthy\.$/,
    ],
    [
      'R-10',
      'kept',
      outlook({
        [US]: {
          databases: seen({
            instances: [databaseOf(us, { instanceId: 'ecommerce-db-us-east-1-fenced-20261123-7' })],
          }),
        },
      }),
      'open',
      'ecommerce-db-us-east-1-fenced-20261123-7 is kept, fenced, and costs as before.',
    ],
    [
      'R-12',
      'dead',
      outlook(databases({ replication: 'error' })),
      'open',
      /is error, and its slot keeps WAL on the primary\.$/,
    ],
    [
      'R-13',
      'a chain',
      outlook(databases({ sourceArn: databaseOf(ap).arn })),
      'open',
      'ecommerce-db-eu-west-1 replicates from another replica.',
    ],
    ['R-14', 'two', outlook(), 'gone', '2 replicas in other Regions; 5 are safe.'],
    ['R-16', 'one way', outlook(), 'open', /^No replicator leads to us-east-1/],
    ['R-16', 'both ways', outlook(bothWays), 'gone', 'Events are replicated both ways.'],
    [
      'R-18',
      'a tag',
      outlook({ [AP]: { service: service('1.4.0', 'shop:v1.4.0') } }),
      'open',
      'ap-southeast-1 runs shop:v1.4.0, by a tag that can be moved.',
    ],
    [
      'R-18',
      'two digests',
      outlook({ [AP]: { service: service('1.4.0', 'shop@sha256:2') } }),
      'open',
      'The Regions run different digests.',
    ],
    [
      'R-18',
      'not seen',
      outlook({ [AP]: { service: unseen() } }),
      'unknown',
      'Not known while ap-southeast-1 is not seen.',
    ],
  ])('%s: %s', (code, _, given, state, text) => {
    const found = finding(given, code);
    expect(found.state).toBe(state);
    expect(found.evidence.kind).toBe('live');
    expect(found.evidence.text).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
  });
});
