import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AP,
  copyOfEstate,
  databaseOf,
  EU,
  homeOf,
  meshed,
  NOW,
  outlook,
  type RegionChanges,
  seen,
  stale,
  switchedZone,
  trafficOf,
  US,
  unseen,
  without,
  zoneOf,
} from '#test/recovery-facts.ts';
import type { Freeze } from '../freeze/freeze.ts';
import type { PlannedStep } from '../operation/plan.ts';
import { type DrillRun, type Outlook, type RecoveryFacts, requireDeclared } from './facts.ts';
import { RECOVERY_PARAMS } from './params.ts';
import {
  checksOf,
  evaluateReadiness,
  evaluateScenario,
  proofLeft,
  type ReadinessCell,
  type ReadinessCheck,
  readinessScore,
  summariseReadiness,
} from './readiness.ts';
import { findScenario } from './scenario.ts';

const LOSE_US = `lose-${US}`;
const LOSE_EU = `lose-${EU}`;
const CUT_EU = `cut-${EU}-${US}`;

function column(given: Outlook, id: string, plan?: readonly PlannedStep[]) {
  const scenario = findScenario(given, id);
  if (!scenario) throw new Error(`No scenario ${id}.`);
  return evaluateScenario(given, scenario, plan);
}

function cell(
  given: Outlook,
  id: string,
  check: ReadinessCheck,
  plan?: readonly PlannedStep[],
): ReadinessCell | undefined {
  return column(given, id, plan).cells.find((found) => found.check === check);
}

const eu = requireDeclared(outlook(), EU);
const us = requireDeclared(outlook(), US);
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();
const drilled = (runs: DrillRun[], steps: Record<string, string> = {}): Partial<RecoveryFacts> => ({
  drills: { steps, runs },
});
const drill = (changes: Partial<DrillRun> = {}): DrillRun => ({
  operation: 'OP-5',
  level: 'tabletop',
  region: US,
  at: daysAgo(3),
  real: false,
  ...changes,
});

describe('the matrix of the seed’s estate', () => {
  const matrix = evaluateReadiness(outlook());

  it('has a column for each Region, each link and Route 53', () => {
    expect(matrix.scenarios.map(({ id, verdict, target }) => [id, verdict, target])).toEqual([
      [LOSE_US, 'blocked', EU],
      [LOSE_EU, 'warning', null],
      [`lose-${AP}`, 'warning', null],
      [CUT_EU, 'warning', null],
      [`cut-${AP}-${US}`, 'warning', null],
      ['lose-route53', 'blocked', null],
    ]);
    expect(matrix.verdict).toBe('blocked');
  });

  it('is red for the missing path (B-05) and the missing switch (B-06), with the operations that close them', () => {
    const red = matrix.scenarios.flatMap(({ cells }) => cells.filter(({ verdict }) => verdict === 'blocked'));
    expect(red.map(({ id, source, remedy }) => [id, source, remedy?.operation])).toEqual([
      [`${LOSE_US}/network`, 'B-05', { kind: 'connect-regions', params: { from: AP, to: EU } }],
      [`${LOSE_US}/switch`, 'B-06', { kind: 'prepare-switch', params: { region: US } }],
      ['lose-route53/switch', 'B-06', { kind: 'prepare-switch', params: { region: US } }],
    ]);
  });

  it('leaves out what a scenario does not ask', () => {
    expect(column(outlook(), 'lose-route53').cells.map(({ check }) => check)).toEqual([
      'writer',
      'health-checks',
      'switch',
      'accelerated-recovery',
      'credentials',
      'proof',
    ]);
    expect(cell(outlook(), LOSE_EU, 'lag')).toBeUndefined();
    expect(cell(outlook(), LOSE_EU, 'replica')?.message).toBe(
      'Orders are not written in eu-west-1, so nothing has to be promoted.',
    );
  });

  it('every cell is a sentence with a source, and every remedy’s operation can be asked for', () => {
    for (const given of [outlook(), without(US, outlook()), outlook(meshed(), { zone: unseen() })]) {
      for (const { cells } of evaluateReadiness(given).scenarios) {
        for (const { message, source, remedy, verdict, id } of cells) {
          expect(message, id).toMatch(/[^.]\.$/);
          expect(source, id).not.toBe('');
          expect(verdict === 'ok' ? remedy : (remedy?.text ?? ''), id).toEqual(
            verdict === 'ok' ? null : expect.stringMatching(/\.$/),
          );
          if (remedy?.operation) RECOVERY_PARAMS[remedy.operation.kind].parse(remedy.operation.params);
        }
      }
    }
  });

  it('is green, but for what has to be minded, once both are closed and all was tried', () => {
    const estate = copyOfEstate();
    const runs = [
      drill({ level: 'switchover', region: EU }),
      ...[US, EU, AP].map((region) => drill({ level: 'evacuation', region })),
    ];
    const closed = evaluateReadiness(
      outlook(meshed(), { zone: seen(switchedZone(estate)), ...drilled(runs) }),
    );
    expect(closed.verdict).toBe('warning');
    const open = closed.scenarios[0]?.cells
      .filter(({ verdict }) => verdict !== 'ok')
      .map(({ check }) => check);
    expect(open).toEqual(['capacity-now', 'capacity-maximum', 'capacity-peak', 'cache', 'queue']);
    expect(closed.score).toBeGreaterThan(60);
  });
});

describe('each check, when the writer’s Region is lost', () => {
  const freeze: Freeze = {
    name: null,
    actionKind: null,
    by: 'Olga Operator',
    exceptions: [],
    id: 'f1',
    environment: null,
    region: null,
    kind: null,
    stopTheLine: false,
    reason: 'Black Friday',
    startsAt: '2026-11-23T00:00:00.000Z',
    endsAt: null,
  };
  const night = { now: new Date('2026-11-23T03:12:00.000Z') };
  const cacheOf = (changes: object) => ({
    cache: seen({
      replicationGroup: 'ecommerce-eu',
      globalDatastore: 'g',
      role: 'secondary' as const,
      status: 'available',
      lagSeconds: 0.3,
      ...changes,
    }),
  });
  const rule = {
    id: 'r',
    enabled: true,
    destination: eu.bucket,
    timeControl: true,
    deleteMarkers: true,
    encrypted: true,
    latencySeconds: 40,
    pendingOperations: 0,
  };
  const storageOf = (changes: object, versioned = true) => ({
    [US]: { storage: seen({ bucket: us.bucket, versioned, rules: [{ ...rule, ...changes }] }) },
  });
  const service = (liveVersion: string) => ({
    service: seen({ namespace: 'shop', service: 'app-service', liveVersion, deployments: [] }),
  });

  it.each<[ReadinessCheck, string, Outlook, string, string | RegExp]>([
    [
      'writer',
      'split brain',
      outlook({ [EU]: { database: seen(databaseOf(eu, { role: 'primary' })) } }),
      'blocked',
      /^Split brain: /,
    ],
    ['writer', 'not seen', without(US, outlook()), 'unknown', /us-east-1 had it last\.$/],
    [
      'replica',
      'does not replicate',
      outlook({ [EU]: { database: seen(databaseOf(eu, { replication: 'error' })) } }),
      'blocked',
      'Replication to ecommerce-db-eu-west-1 in eu-west-1 is error; it falls behind.',
    ],
    [
      'lag',
      'critical',
      outlook({ [EU]: { lag: seen({ seconds: 45, bytes: null, class: 'critical', idle: false }) } }),
      'blocked',
      'eu-west-1 is 45 s behind, over the critical 30 s.',
    ],
    [
      'lag',
      'stale',
      outlook({ [EU]: { lag: stale({ seconds: 0.1, bytes: 0, class: 'ok', idle: false }) } }),
      'unknown',
      /last seen 60 min ago; connection reset\.$/,
    ],
    [
      'backups',
      'none',
      outlook({ [EU]: { database: seen(databaseOf(eu, { backupRetentionDays: 0 })) } }),
      'blocked',
      /keeps no backups/,
    ],
    [
      'parity',
      'smaller',
      outlook({ [EU]: { database: seen(databaseOf(eu, { class: 'db.r6g.xlarge' })) } }),
      'blocked',
      /class db\.r6g\.xlarge, not db\.r6g\.2xlarge/,
    ],
    [
      'capacity-now',
      'enough',
      outlook({
        [EU]: { nodes: seen({ ready: 22, total: 22 }) },
        [AP]: { nodes: seen({ ready: 18, total: 18 }) },
      }),
      'ok',
      'eu-west-1 carries it: 22 of 22 ready nodes. ap-southeast-1 carries it: 18 of 18 ready nodes.',
    ],
    [
      'capacity-now',
      'not known',
      outlook({ [EU]: { nodes: unseen('denied') } }),
      'unknown',
      /^eu-west-1 would need 22 nodes; how many are ready is not known\./,
    ],
    [
      'capacity-maximum',
      'at 40 % of peak',
      outlook(),
      'warning',
      'eu-west-1 can be scaled to the 22 nodes that are needed, with no reserve: 21 of 30 keep one. ap-southeast-1 can be scaled to the 18 nodes that are needed, with no reserve: 14 of 20 keep one.',
    ],
    [
      'capacity-maximum',
      'at peak',
      outlook(Object.fromEntries([US, EU, AP].map((code) => [code, { traffic: seen(trafficOf(50 / 3)) }]))),
      'blocked',
      'eu-west-1 would need 55 nodes and may have 30: the load of now cannot be carried. ap-southeast-1 would need 45 nodes and may have 20: the load of now cannot be carried.',
    ],
    [
      'capacity-peak',
      'by the document’s own ranges (C-08)',
      outlook(),
      'warning',
      'At peak, 50 requests/s: eu-west-1 would need 60 nodes of at most 30, ap-southeast-1 would need 40 nodes of at most 20. The rest could carry 50 % of it.',
    ],
    [
      'network',
      'connected',
      outlook(meshed()),
      'ok',
      'All 2 ordered pairs of remaining Regions reach each other.',
    ],
    [
      'network',
      'not seen',
      outlook({ ...meshed(), [AP]: { peering: unseen('denied') } }),
      'unknown',
      /the network of ap-southeast-1 was not observed; denied\.$/,
    ],
    [
      'health-checks',
      'none on the records',
      outlook({}, { zone: seen(zoneOf(copyOfEstate(), { recordChecks: {} })) }),
      'blocked',
      /^The records of us-east-1 carry no health check/,
    ],
    [
      'health-checks',
      'disabled (R-07)',
      outlook({}, { zone: seen(disabledZone()) }),
      'blocked',
      /is disabled, which counts as healthy/,
    ],
    [
      'health-checks',
      'one that is not seen',
      outlook({}, { zone: seen(zoneOf(copyOfEstate(), { checks: [] })) }),
      'unknown',
      /is not seen\.$/,
    ],
    ['detection', 'of the lab', outlook(), 'ok', /two vantage points agree after 15 s/],
    [
      'detection',
      'without a check',
      outlook({}, { zone: unseen() }),
      'ok',
      /DNS does not leave it by itself/,
    ],
    [
      'switch',
      'prepared',
      outlook({}, { zone: seen(switchedZone(copyOfEstate())) }),
      'ok',
      'us-east-1 can be taken out of DNS by an object in a peer’s bucket.',
    ],
    [
      'switch',
      'not known',
      outlook({}, { zone: unseen('throttled') }),
      'unknown',
      'Whether a switch is prepared is not known: not observed; throttled.',
    ],
    [
      'accelerated-recovery',
      'on',
      outlook({}, { zone: seen(zoneOf(copyOfEstate(), { acceleratedRecovery: true })) }),
      'ok',
      'Accelerated recovery is on: changes are taken again after about an hour.',
    ],
    [
      'accelerated-recovery',
      'not said',
      outlook({}, { zone: seen(zoneOf(copyOfEstate(), { acceleratedRecovery: null })) }),
      'unknown',
      'Whether accelerated recovery of the zone is on is not known: Route 53 does not say.',
    ],
    [
      'cache',
      'a secondary (B-10)',
      outlook(),
      'warning',
      /takes no writes until it is failed over: ElastiCache does not do that across Regions by itself\.$/,
    ],
    [
      'cache',
      'behind',
      outlook({ [EU]: cacheOf({ lagSeconds: 4 }) }),
      'warning',
      /It is 4 s behind, over 1 s\.$/,
    ],
    [
      'cache',
      'of its own (B-12)',
      outlook({ [EU]: cacheOf({ role: 'standalone' }) }),
      'warning',
      /sessions of us-east-1 are not in it/,
    ],
    [
      'cache',
      'primary already',
      outlook({ [EU]: cacheOf({ role: 'primary' }) }),
      'ok',
      'ecommerce-eu in eu-west-1 takes writes already.',
    ],
    [
      'cache',
      'not seen',
      outlook({ [EU]: { cache: unseen() } }),
      'unknown',
      'The cache of eu-west-1 is not known: not observed.',
    ],
    [
      'queue',
      'one way only (R-16)',
      outlook(),
      'warning',
      'Events written in eu-west-1 would not reach ap-southeast-1: no replicator runs that way.',
    ],
    [
      'queue',
      'stopped on the way in',
      outlook({
        [EU]: {
          queue: seen({
            cluster: 'q',
            status: 'ACTIVE',
            replicators: [{ name: 'us-to-eu', sourceRegion: US, state: 'FAILED', messageLag: null }],
          }),
        },
        [AP]: {
          queue: seen({
            cluster: 'q',
            status: 'ACTIVE',
            replicators: [{ name: 'eu-to-ap', sourceRegion: EU, state: 'RUNNING', messageLag: 0 }],
          }),
        },
      }),
      'warning',
      'us-to-eu into eu-west-1 does not run: events are missing there already.',
    ],
    [
      'storage',
      'replicated in time',
      outlook(),
      'ok',
      'ecommerce-assets-us-east-1 is replicated to ecommerce-assets-eu-west-1 with time control.',
    ],
    [
      'storage',
      'without time control (B-17)',
      outlook(storageOf({ timeControl: false, latencySeconds: 1_800 })),
      'warning',
      'The rule from ecommerce-assets-us-east-1 to ecommerce-assets-eu-west-1 has no time control, so no promise of 15 minutes and 30 min behind, over 15 min.',
    ],
    [
      'storage',
      'without encrypted objects (B-18)',
      outlook(storageOf({ encrypted: false })),
      'warning',
      /those with a KMS key are not replicated\.$/,
    ],
    [
      'storage',
      'with its rule replaced by another (B-02)',
      outlook(storageOf({ destination: 'ecommerce-assets-ap-northeast-1' })),
      'warning',
      /^No enabled rule replicates ecommerce-assets-us-east-1 to ecommerce-assets-eu-west-1/,
    ],
    ['storage', 'without versions', outlook(storageOf({}, false)), 'warning', /keeps no versions/],
    [
      'versions',
      'two',
      outlook({ [AP]: service('1.3.0') }),
      'warning',
      'Two versions over one schema: eu-west-1 serves 1.4.0; ap-southeast-1 serves 1.3.0.',
    ],
    [
      'versions',
      'not known',
      outlook({ [AP]: { service: unseen('timed out') } }),
      'unknown',
      'The version is not known in ap-southeast-1: not observed; timed out.',
    ],
    ['approvers', 'awake', outlook(), 'ok', '2 people may approve; us-east-1 and eu-west-1 are on duty.'],
    [
      'approvers',
      'asleep (C-27)',
      outlook({}, night),
      'warning',
      '2 people may approve, but it is 03:12 in Ireland (eu-west-1), where people are on duty from 09:00. us-east-1 and ap-southeast-1 are on duty.',
    ],
    [
      'approvers',
      'of other Regions',
      outlook({}, { approvers: [{ name: 'Anna', regions: [AP] }] }),
      'blocked',
      'Nobody may approve a move out of us-east-1 and eu-west-1: only an emergency would start it.',
    ],
    [
      'freezes',
      'in force',
      outlook({}, { freezes: [freeze] }),
      'warning',
      'Changes are frozen until it is released, set by Olga Operator: Black Friday. It would hold a failover that is requested; an emergency passes it.',
    ],
    [
      'credentials',
      'of another account',
      outlook({ [EU]: { identity: seen({ account: '999999999999', arn: 'a' }) } }),
      'blocked',
      'Credentials in eu-west-1 are of account 999999999999, not 000000000000.',
    ],
    [
      'credentials',
      'not proven',
      outlook({ [AP]: { identity: unseen('expired') } }),
      'unknown',
      'Credentials in ap-southeast-1 were not proven: not observed; expired.',
    ],
    [
      'home',
      'on the sinking ship (R-01)',
      outlook({}, { home: homeOf(copyOfEstate(), { console: US }) }),
      'blocked',
      /^This console runs in us-east-1, the Region that is being left\./,
    ],
    [
      'home',
      'on the sinking ship, with another console elsewhere',
      outlook(
        {},
        {
          home: homeOf(copyOfEstate(), {
            console: US,
            consoles: [{ region: EU, url: 'https://meridian-eu.example' }],
          }),
        },
      ),
      'warning',
      /Use the console at https:\/\/meridian-eu\.example, in eu-west-1\./,
    ],
    [
      'home',
      'every worker on the sinking ship',
      outlook({}, { home: homeOf(copyOfEstate(), { workers: [US, US] }) }),
      'blocked',
      /^All its workers run in us-east-1/,
    ],
    [
      'home',
      'a worker elsewhere carries it on',
      outlook({}, { home: homeOf(copyOfEstate(), { workers: [US, EU, null] }) }),
      'ok',
      'Console and database run elsewhere: us-west-2 and us-west-2. Workers stand in eu-west-1 and us-east-1.',
    ],
    ['proof', 'never', outlook(), 'warning', 'Never tried.'],
    ['proof', 'lately', outlook({}, drilled([drill()])), 'ok', 'Last tried 3 days ago, by OP-5.'],
    [
      'proof',
      'long ago',
      outlook({}, drilled([drill({ at: daysAgo(120) })])),
      'warning',
      'Last tried 120 days ago, by OP-5, longer than a quarter.',
    ],
    ['proof', 'of another Region', outlook({}, drilled([drill({ region: AP })])), 'warning', 'Never tried.'],
    [
      'proof',
      'the loss of its target',
      outlook({}, drilled([drill({ region: EU })])),
      'warning',
      'Never tried.',
    ],
    [
      'proof',
      'by a promotion of its target',
      outlook({}, drilled([drill({ level: 'promotion', region: EU })])),
      'ok',
      'Last tried 3 days ago, by OP-5.',
    ],
    [
      'proof',
      'by a promotion of the lost Region',
      outlook({}, drilled([drill({ level: 'promotion', region: US })])),
      'warning',
      'Never tried.',
    ],
    [
      'proof',
      'by a switchover of its target',
      outlook({}, drilled([drill({ level: 'switchover', region: EU })])),
      'ok',
      'Last tried 3 days ago, by OP-5.',
    ],
    [
      'proof',
      'by a switchover of the lost Region',
      outlook({}, drilled([drill({ level: 'switchover', region: US })])),
      'warning',
      'Never tried.',
    ],
  ])('%s: %s', (check, _, given, verdict, message) => {
    const found = cell(given, LOSE_US, check);
    expect(found?.verdict).toBe(verdict);
    expect(found?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  function disabledZone() {
    const zone = zoneOf(copyOfEstate());
    return { ...zone, checks: zone.checks.map((check) => ({ ...check, disabled: true })) };
  }
});

describe('other losses', () => {
  it('of a reader asks for paths to the writer, and minds those that a move would need', () => {
    const given = outlook({ [AP]: { peering: seen({ peerings: [], routesTo: [] }) } });
    expect(cell(given, LOSE_EU, 'network')).toMatchObject({
      verdict: 'blocked',
      message:
        'Orders from ap-southeast-1 could not reach us-east-1: ap-southeast-1 and us-east-1 have no active peering between them. Peering is not transitive; no way leads through a third Region.',
    });
    const two = without(US, outlook());
    const after = outlook({ ...meshed(), [EU]: { peering: seen({ peerings: [], routesTo: [] }) } });
    expect(cell(two, LOSE_EU, 'network')?.verdict).toBe('unknown');
    expect(cell(after, `lose-${AP}`, 'network')?.verdict).toBe('blocked');
  });

  it('of a link stops the orders of its far end, and evacuation is what helps', () => {
    expect(cell(outlook(), CUT_EU, 'network')).toMatchObject({
      verdict: 'warning',
      message:
        'Orders from eu-west-1 would fail: no way leads to us-east-1 through a third Region. Its pages are served as before.',
      remedy: { operation: { kind: 'evacuate', params: { region: EU } } },
    });
    expect(cell(outlook(), CUT_EU, 'replica')).toMatchObject({ verdict: 'warning', source: 'R-12' });
    expect(cell(outlook(meshed()), `cut-${AP}-${EU}`, 'network')).toMatchObject({
      verdict: 'ok',
      message: 'No order crosses this link while the writer is elsewhere.',
    });
  });

  it('of Route 53’s control plane names every Region without a switch at once', () => {
    const partly = outlook({}, { zone: seen(switchedZone(copyOfEstate(), [US])) });
    expect(cell(partly, 'lose-route53', 'switch')).toMatchObject({
      verdict: 'blocked',
      message:
        'No switch is prepared for eu-west-1 and ap-southeast-1: they leave DNS only by their own health checks. Records cannot be edited then: their control plane is in us-east-1.',
      remedy: { operation: { params: { region: EU } } },
    });
    expect(cell(partly, LOSE_EU, 'switch')?.verdict).toBe('warning');
  });

  it('of the only Region leaves nobody', () => {
    const given = outlook();
    const alone = { ...given, environment: { ...given.environment, regions: [US] } };
    expect(evaluateReadiness(alone).scenarios.map(({ id }) => id)).toEqual([LOSE_US, 'lose-route53']);
    expect(cell(alone, LOSE_US, 'capacity-maximum')?.message).toBe(
      'No Region is left to serve the users of us-east-1.',
    );
    expect(cell(alone, LOSE_US, 'replica')?.message).toBe(
      'No Region is left that could take over from us-east-1.',
    );
  });

  it('when nothing is promotable says that, not which is best', () => {
    const estate = copyOfEstate();
    for (const region of estate.regions) region.promotable = false;
    expect(cell(outlook(meshed(estate), {}, estate), LOSE_US, 'replica')).toMatchObject({
      verdict: 'blocked',
      message: expect.stringMatching(/^The estate does not declare eu-west-1 promotable/),
    });
  });
});

describe('the plan that would be run', () => {
  const step = (key: string, changes: Partial<PlannedStep> = {}): PlannedStep => ({
    key,
    title: `Do ${key}`,
    action: 'recovery.look',
    region: null,
    input: {},
    deadlineSeconds: 60,
    irreversible: false,
    needsRegions: [],
    ...changes,
  });

  it('is linted', () => {
    const trapped = [step('a', { needsRegions: [US] }), step('b', { needsRegions: [US] })];
    expect(cell(outlook(), LOSE_US, 'plan', trapped)).toMatchObject({
      verdict: 'blocked',
      message: '“Do a” needs us-east-1 to answer, and it is what is lost. 1 more step has a trap.',
    });
    expect(cell(outlook(), LOSE_US, 'plan', [step('a')])).toMatchObject({
      verdict: 'ok',
      message: 'Its one step does not need what is lost.',
    });
    expect(cell(outlook(), LOSE_US, 'plan')).toBeUndefined();
  });

  it('says which of its steps are unproven', () => {
    const plan = ['a', 'b', 'c', 'd', 'e'].map((key) => step(key));
    const given = outlook({}, drilled([drill()], { a: daysAgo(1) }));
    expect(cell(given, LOSE_US, 'proof', plan)).toMatchObject({
      verdict: 'warning',
      message:
        'Last tried 3 days ago, by OP-5. 4 of 5 steps are unproven: “Do b”, “Do c” and “Do d” and more.',
      remedy: { operation: { kind: 'drill', params: { level: 'switchover', region: EU } } },
    });
  });

  it.each<[string, DrillRun[], string[], object]>([
    ['never tried: at a table, by the Region that is lost', [], [], { level: 'tabletop', region: US }],
    ['the promotion of its target is unproven', [drill()], ['a'], { level: 'promotion', region: EU }],
    ['another step is unproven', [drill()], [`promote-${EU}`], { level: 'switchover', region: EU }],
  ])('offers the drill that would prove it: %s', (_, runs, proven, params) => {
    const plan = ['a', `promote-${EU}`].map((key) => step(key));
    const steps = Object.fromEntries(proven.map((key) => [key, daysAgo(1)]));
    const found = cell(outlook({}, drilled(runs, steps)), LOSE_US, 'proof', plan);
    expect(found?.remedy?.operation).toEqual({ kind: 'drill', params });
    // Held as it is offered, it is what counts.
    const held = drill({ operation: 'OP-6', at: daysAgo(0), ...params });
    const after = cell(outlook({}, drilled([held, ...runs], steps)), LOSE_US, 'proof', plan);
    expect(after?.message).toMatch(/, by OP-6\./);
  });
});

it('cells are checks of a plan: what is red or not known is accepted by its id, nothing is refused', () => {
  const given = outlook({ [EU]: { cache: unseen() } });
  const checks = checksOf(column(given, LOSE_US).cells);
  expect(checks.filter(({ verdict }) => verdict === 'accept').map(({ code }) => code)).toEqual([
    `${LOSE_US}/network`,
    `${LOSE_US}/switch`,
    `${LOSE_US}/cache`,
  ]);
  expect(checks.find(({ code }) => code === `${LOSE_US}/writer`)?.verdict).toBe('pass');
  expect(checks.find(({ code }) => code === `${LOSE_US}/proof`)?.verdict).toBe('warn');
  for (const { verdict, acceptance } of checks) expect(acceptance !== undefined).toBe(verdict === 'accept');
});

describe('the matrix in a line', () => {
  it('counts cells by verdict and names the scenario with most that are blocked', () => {
    const readiness = evaluateReadiness(outlook());
    const summary = summariseReadiness(readiness);
    const cells = readiness.scenarios.flatMap((scenario) => scenario.cells);
    expect(summary.scenarios).toBe(readiness.scenarios.length);
    expect(summary.blocked + summary.unknown + summary.warnings).toBe(
      cells.filter(({ verdict }) => verdict !== 'ok').length,
    );
    expect(summary.worst).toBe('us-east-1 is lost');
  });

  it('prefers what is unknown, then the lower score, where as many are blocked', () => {
    const first = column(outlook(), LOSE_US);
    const of = (title: string, verdict: 'blocked' | 'unknown' | 'ok', score: number) => ({
      ...first,
      title,
      score,
      cells: first.cells.slice(0, 1).map((found) => ({ ...found, verdict })),
    });
    const worst = (...scenarios: ReturnType<typeof of>[]) => summariseReadiness({ scenarios }).worst;
    expect(worst(of('known', 'ok', 1), of('unknown', 'unknown', 90))).toBe('unknown');
    expect(worst(of('high', 'ok', 90), of('low', 'ok', 10))).toBe('low');
    expect(worst()).toBeNull();
  });
});

describe('the score', () => {
  it.each([
    [['ok', 'ok'], 0, 100],
    [['ok', 'ok'], 91, 85],
    [['ok', 'ok'], 183, 75],
    [['ok', 'ok'], 365, 63],
    [['ok', 'ok'], null, 50],
    [['ok', 'warning'], 0, 75],
    [['ok', 'unknown'], 0, 50],
    [['ok', 'ok', 'ok', 'blocked'], 0, 49],
    [[], 0, 0],
  ] as const)('%j, tried %s days ago: %d', (verdicts, age, score) => {
    expect(readinessScore(verdicts, age)).toBe(score);
  });

  it('only falls while nobody tries', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (age, later) => {
        expect(proofLeft(age + later)).toBeLessThanOrEqual(proofLeft(age));
        expect(proofLeft(age)).toBeGreaterThanOrEqual(proofLeft(null));
      }),
    );
  });

  it('of the estate is that of its weakest scenario', () => {
    const matrix = evaluateReadiness(outlook());
    expect(matrix.score).toBe(Math.min(...matrix.scenarios.map(({ score }) => score)));
  });
});

it('thirty Regions are evaluated at once, with as many links as they can have', () => {
  const estate = copyOfEstate();
  const [template] = estate.regions;
  if (!template) throw new Error('The estate has no Region.');
  const codes = Array.from({ length: 27 }, (_, i) => `aa-many-${i}`);
  for (const code of codes) {
    estate.regions.push({
      ...structuredClone(eu),
      code,
      database: { ...eu.database, instanceId: `db-${code}` },
    });
    estate.environments[0]?.regions.push(code);
  }
  const byRegion: RegionChanges = meshed(estate);
  // Evaluated on every change: the test's own time limit is what a page could not wait for either.
  expect(evaluateReadiness(outlook(byRegion, {}, estate)).scenarios.length).toBe(30 + 435 + 1);
});
