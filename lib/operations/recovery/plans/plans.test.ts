import { describe, expect, it } from 'vitest';
import { type Plan, type PlannedStep, pointOfNoReturn } from '#lib/domain/operation/plan.ts';
import { isSound, lintPlan } from '#lib/domain/recovery/lint.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import { actions } from '#lib/operations/registry.ts';
import {
  AP,
  copyOfEstate,
  databaseOf,
  EU,
  meshed,
  NOW,
  outlook,
  type RegionChanges,
  seen,
  switchedZone,
  US,
  without,
} from '#test/recovery-facts.ts';
import { planRecovery, type RecoveryPlanFacts, recoveryTopology } from '../plan.ts';
import { requireRegion } from '../planning.ts';
import type { RecoveryTopology } from '../topology.ts';
import { copySeconds } from './step.ts';

const estate = copyOfEstate();
const us = requireRegion(estate, US);
const eu = requireRegion(estate, EU);
const ap = requireRegion(estate, AP);

const accept = { seconds: 5, bytes: 4_000, measuredAt: NOW.toISOString() };

interface Given {
  byRegion?: RegionChanges;
  /** Regions whose records carry the switch. */
  prepared?: string[];
  /** A Region that is seen no more. */
  silent?: string;
  topology?: Partial<RecoveryTopology>;
  target?: string | null;
}

function factsOf({
  byRegion = {},
  prepared = [],
  silent,
  topology,
  target = EU,
}: Given = {}): RecoveryPlanFacts {
  const zone = seen(switchedZone(estate, prepared));
  const all = outlook(byRegion, { zone }, estate);
  const seenNow = silent ? without(silent, all) : all;
  return {
    estate,
    environment: all.environment,
    topology: { ...recoveryTopology(seenNow, { writesEndedAt: null, divergedAt: null }), ...topology },
    evaluation: [{ verdict: 'ok', text: 'The copy in eu-west-1 replicates.' }],
    target,
  };
}

function planned(kind: RecoveryKind, params: unknown, given: Given = {}): Plan {
  const answer = planRecovery(kind, params, factsOf(given));
  if (!answer.ok) throw new Error(`No plan: ${answer.message}`);
  return answer.plan;
}

const refusal = (kind: RecoveryKind, params: unknown, given: Given = {}) => {
  const answer = planRecovery(kind, params, factsOf(given));
  return answer.ok ? 'planned' : answer.code;
};

const keys = (steps: readonly PlannedStep[]) => steps.map(({ key }) => key);
const everyStep = ({ steps, compensation }: Plan) => [...steps, ...compensation];
const isBestEffort = ({ input }: PlannedStep) => input.bestEffort === true;

/** The estate after Ireland took over: its copy is the primary, Singapore follows it, Virginia stands alone. */
const afterFailover = (): Given => {
  const arn = databaseOf(eu).arn;
  const primary = databaseOf(eu, { role: 'primary', sourceArn: null, replication: null });
  const follower = databaseOf(ap, { sourceArn: arn });
  const old = databaseOf(us, { securityGroupIds: ['sg-deny'], securityGroupNames: ['ecommerce-deny-all'] });
  const of = (database: ReturnType<typeof databaseOf>) => ({
    database: seen(database),
    databases: seen({ instances: [database] }),
  });
  return {
    byRegion: { [US]: of(old), [EU]: of(primary), [AP]: of(follower) },
    prepared: [US, EU, AP],
    topology: { divergedAt: '2026-11-23T09:00:00.000Z' },
  };
};

const offIn = (code: string): RegionChanges => ({
  [EU]: { switch: seen({ bucket: 'ecommerce-switch-eu-west-1', off: [code] }) },
});

const ALL: [string, RecoveryKind, unknown, Given][] = [
  ['failover', 'failover', { lost: US, target: EU, accept }, { silent: US }],
  ['failover with a switch', 'failover', { lost: US, target: EU, accept }, { silent: US, prepared: [US] }],
  ['failover to Singapore', 'failover', { lost: US, target: AP, accept }, { silent: US }],
  ['switchover', 'switchover', { target: EU }, {}],
  ['switchover with a switch', 'switchover', { target: EU }, { prepared: [US, EU, AP], byRegion: meshed() }],
  ['evacuation', 'evacuate', { region: AP }, { prepared: [AP] }],
  ['return', 'return', { region: AP }, { prepared: [AP], byRegion: offIn(AP) }],
  ['rebuild of an old primary', 'rebuild', { region: US }, afterFailover()],
  [
    'rebuild of a copy that broke off',
    'rebuild',
    { region: AP },
    {
      byRegion: { [AP]: { databases: seen({ instances: [databaseOf(ap, { replication: 'terminated' })] }) } },
    },
  ],
  ['rebuild of nothing', 'rebuild', { region: AP }, { topology: withoutDatabase(AP) }],
  ['failback with everything', 'failback', { target: US }, { ...afterFailover(), byRegion: switchedOff(US) }],
  ['failback of what is whole', 'failback', { target: EU }, { prepared: [US, EU, AP] }],
  ['readiness drill', 'drill', { level: 'readiness', region: US }, {}],
  ['tabletop of the writer', 'drill', { level: 'tabletop', region: US }, { prepared: [US] }],
  ['tabletop of another', 'drill', { level: 'tabletop', region: AP }, { prepared: [AP] }],
  ['promotion drill', 'drill', { level: 'promotion', region: EU }, {}],
  ['evacuation drill', 'drill', { level: 'evacuation', region: AP }, { prepared: [AP] }],
  ['switchover drill', 'drill', { level: 'switchover', region: EU }, { prepared: [US, EU, AP] }],
  ['switch', 'prepare-switch', { region: US }, {}],
  ['connection', 'connect-regions', { from: EU, to: AP }, {}],
];

function withoutDatabase(code: string): Partial<RecoveryTopology> {
  const { regions } = factsOf().topology;
  return {
    regions: regions.map((region) => (region.code === code ? { ...region, database: null } : region)),
  };
}

function switchedOff(code: string): RegionChanges {
  const { byRegion = {} } = afterFailover();
  return { ...byRegion, [EU]: { ...byRegion[EU], ...offIn(code)[EU] } };
}

describe.each(ALL)('the plan of a %s', (_, kind, params, given) => {
  const plan = planned(kind, params, given);

  it('is of its kind, and the same each time it is made', () => {
    expect(plan).toMatchObject({ version: 1, kind, environment: 'production' });
    expect(plan.title).not.toBe('');
    expect(planned(kind, params, given)).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('names only actions that exist, and gives each step a key of its own', () => {
    for (const { action } of everyStep(plan)) expect(Object.keys(actions)).toContain(action);
    const all = keys(everyStep(plan));
    expect(new Set(all).size).toBe(all.length);
    for (const key of all) expect(key).toMatch(/^[a-z0-9-]{3,80}$/);
  });

  it('says of each step what must hold before and what is observed after, and gives it time', () => {
    for (const step of everyStep(plan)) {
      expect(step.precondition, step.key).toMatch(/\.$/);
      expect(step.postcondition, step.key).toMatch(/\.$/);
      expect(step.title, step.key).not.toBe('');
      expect(step.deadlineSeconds, step.key).toBeGreaterThanOrEqual(30);
      const { failAfterSeconds } = step.input;
      if (typeof failAfterSeconds === 'number') expect(failAfterSeconds).toBeLessThan(step.deadlineSeconds);
      const { leaveAfterSeconds } = step.input;
      if (typeof leaveAfterSeconds === 'number') expect(leaveAfterSeconds).toBeLessThan(step.deadlineSeconds);
    }
  });

  it('rests on nothing that a later step makes', () => {
    const known: string[] = [];
    for (const step of plan.steps) {
      for (const ref of references(step)) expect(known, `${step.key} rests on ${ref}`).toContain(ref);
      known.push(step.key);
    }
    for (const step of plan.compensation) {
      for (const ref of references(step)) expect(known, `${step.key} rests on ${ref}`).toContain(ref);
      known.push(step.key);
    }
  });

  it('runs together only neighbours', () => {
    const groups = plan.steps.flatMap(({ group }, i) =>
      group !== undefined && plan.steps[i - 1]?.group !== group ? [group] : [],
    );
    expect(new Set(groups).size).toBe(groups.length);
  });

  it('stops each clock once', () => {
    const clocks = plan.steps.flatMap(({ clock }) => clock ?? []);
    expect(new Set(clocks).size).toBe(clocks.length);
  });

  it('lets a person go on without nothing that orders rest on, or that a later step promotes', () => {
    const needed =
      /fence|seal|promote|point-writer|freeze-writes|retire|snapshot|switch$|await-dns|declare|recheck|discard/;
    const mayBeOmitted = plan.steps.filter((step) => step.omissible === true);
    expect(mayBeOmitted.filter(({ action }) => needed.test(action)).map(({ key }) => key)).toEqual([]);
    const promoted = plan.steps.filter(({ action }) => action === 'recovery.promote').flatMap(references);
    expect(keys(mayBeOmitted).filter((key) => promoted.includes(key))).toEqual([]);
    for (const step of plan.compensation.filter(({ action }) => !/capacity|prescale/.test(action)))
      expect(step.omissible, step.key).toBeUndefined();
  });

  it('deletes nothing that may have orders of its own without reading it first', () => {
    const sealedAt = plan.steps.findIndex(({ action }) => action === 'recovery.seal-writer');
    for (const [i, { key, action, input }] of plan.steps.entries()) {
      const followedTheSealed = sealedAt >= 0 && sealedAt < i && !key.startsWith('rebuild-');
      if (action !== 'recovery.delete-replica' || followedTheSealed) continue;
      expect(input.compare ?? input.copyOf, key).toBeDefined();
    }
  });

  it('deletes and promotes for good only behind everything that could be put back', () => {
    const turn = plan.steps.findIndex(({ irreversible }) => irreversible);
    const before = turn < 0 ? plan.steps : plan.steps.slice(0, turn);
    const forGood = before.filter(({ action }) => /promote|delete/.test(action));
    expect(forGood.filter(({ key }) => !key.includes('-drill-'))).toEqual([]);
  });
});

/** Keys of other steps that a step's input names. */
function references({ input }: PlannedStep): string[] {
  const names = ['createdBy', 'since', 'sealedBy', 'raisedBy', 'replacedBy', 'fencedBy'];
  const found: string[] = [];
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      // A dry check carries the whole step; a salvage's `since` is a time.
      if (name === 'step') continue;
      if (names.includes(name) && typeof member === 'string' && !/^\d{4}-/.test(member)) found.push(member);
      else walk(member);
    }
  };
  walk(input);
  return found;
}

describe('the plan of a failover', () => {
  const plan = planned('failover', { lost: US, target: EU, accept }, { silent: US, prepared: [US] });

  it('is in the order of aws-facts 2.5', () => {
    expect(keys(plan.steps)).toEqual([
      `declare-${EU}`,
      `freeze-writes-${EU}`,
      `freeze-writes-${AP}`,
      `send-for-nodes-${EU}`,
      `send-for-nodes-${AP}`,
      `freeze-writes-${US}`,
      `fence-database-${US}`,
      `switch-off-${US}`,
      `await-dns-${US}`,
      `promote-${EU}`,
      `point-writer-${EU}`,
      `point-writer-${AP}`,
      `verify-order-${EU}`,
      `prescale-${EU}`,
      `prescale-${AP}`,
      `point-writer-${US}`,
      `verify-order-${AP}`,
      'verify-reads',
      `create-replica-${AP}`,
      'verify-redundancy',
      `parity-${AP}`,
      `delete-replica-${AP}`,
      `parity-${EU}`,
      'summary',
    ]);
  });

  it.each([
    ['with a switch', plan],
    ['without', planned('failover', { lost: US, target: EU, accept }, { silent: US })],
    ['to Singapore', planned('failover', { lost: US, target: AP, accept }, { silent: US, prepared: [US] })],
  ])('needs nothing of the lost Region, %s, but what is tried and not waited for', (_, made) => {
    for (const step of everyStep(made)) {
      if (step.needsRegions.includes(US)) expect(isBestEffort(step), step.key).toBe(true);
    }
    const tried = everyStep(made).filter(({ needsRegions }) => needsRegions.includes(US));
    expect(keys(tried)).toEqual([
      `freeze-writes-${US}`,
      `fence-database-${US}`,
      `point-writer-${US}`,
      `unfence-database-${US}`,
      `restore-writes-${US}`,
    ]);
  });

  it('is held up by no third Region either', () => {
    const must = plan.steps.slice(0, plan.steps.findIndex(({ clock }) => clock === 'writes') + 1);
    for (const step of must) {
      if (step.needsRegions.includes(AP)) expect(isBestEffort(step), step.key).toBe(true);
    }
  });

  it('has no dependency trap that would refuse it', () => {
    const all = without(US, outlook({}, { zone: seen(switchedZone(estate, [US])) }, estate));
    const traps = lintPlan(all, plan.steps, { kind: 'region', region: US });
    expect(isSound(traps), JSON.stringify(traps)).toBe(true);
    expect(traps.map(({ code, stepKey }) => [code, stepKey])).toEqual([['path', `verify-order-${AP}`]]);
  });

  it('edits no record: their control plane may be gone (aws-facts B-06)', () => {
    const acts = everyStep(plan).map(({ action }) => action);
    expect(acts.filter((action) => /^traffic\.|attach-check/.test(action))).toEqual([]);
  });

  it('runs at once what does not rest on one another', () => {
    const groups = Object.groupBy(plan.steps, ({ group }) => group ?? 'alone');
    expect(keys(groups.prepare ?? [])).toEqual([
      `freeze-writes-${EU}`,
      `freeze-writes-${AP}`,
      `send-for-nodes-${EU}`,
      `send-for-nodes-${AP}`,
      `freeze-writes-${US}`,
      `fence-database-${US}`,
      `switch-off-${US}`,
    ]);
    expect(keys(groups['point-writer'] ?? [])).toEqual([`point-writer-${EU}`, `point-writer-${AP}`]);
    // Neither machines nor what is tried in the lost Region keep anybody waiting for the first order.
    expect(keys(groups.others ?? [])).toEqual([
      `prescale-${EU}`,
      `prescale-${AP}`,
      `point-writer-${US}`,
      `verify-order-${AP}`,
    ]);
    expect(groups.alone?.map(({ key }) => key)).toContain(`promote-${EU}`);
  });

  it('can be put back until the promotion, in the order in which orders flow again', () => {
    expect(pointOfNoReturn(plan)?.key).toBe(`promote-${EU}`);
    expect(keys(plan.compensation)).toEqual([
      `switch-on-${US}`,
      `unfence-database-${US}`,
      `restore-writes-${US}`,
      `restore-writes-${EU}`,
      `restore-writes-${AP}`,
      `release-${EU}`,
      `release-${AP}`,
    ]);
  });

  it('waits for further copies as long as their size says, and for their settings an hour', () => {
    const limits = (of: Plan) =>
      of.steps
        .filter(({ input }) => typeof input.leaveAfterSeconds === 'number')
        .map(({ key, input, omissible }) => [key, input.bestEffort, input.leaveAfterSeconds, omissible]);
    // 500 GiB: two hours, and one for every hundred.
    expect(limits(plan)).toEqual([
      [`create-replica-${AP}`, true, 7 * 3_600, true],
      [`parity-${AP}`, true, 3_600, true],
    ]);
  });

  it('compares an old copy with what it promotes: since its declaration, or since it may have been left before', () => {
    const compared = (of: Plan) => of.steps.find(({ key }) => key === `delete-replica-${AP}`)?.input.compare;
    const writer = { region: EU, instance: { instanceId: eu.database.instanceId } };
    expect(compared(plan)).toEqual({ writer, declaredBy: `declare-${EU}` });
    const astray = databaseOf(ap, { sourceArn: `${databaseOf(us).arn}-fenced-20261120-1001` });
    const given = {
      silent: US,
      byRegion: { [AP]: { databases: seen({ instances: [astray] }) } },
      topology: { divergedAt: '2026-11-20T09:00:00.000Z' },
    };
    expect(compared(planned('failover', { lost: US, target: EU, accept }, given))).toEqual({
      writer,
      since: '2026-11-20T09:00:00.000Z',
    });
  });

  it('carries three clocks', () => {
    expect(plan.steps.flatMap(({ key, clock }) => (clock ? [[clock, key]] : []))).toEqual([
      ['writes', `verify-order-${EU}`],
      ['reads', 'verify-reads'],
      ['redundancy', 'verify-redundancy'],
    ]);
  });

  it('accepts what was accepted, and asks nobody lost for the load', () => {
    const input = (key: string) => plan.steps.find((step) => step.key === key)?.input;
    expect(input(`declare-${EU}`)).toMatchObject({ accept, sourceRegion: US, writesEndedAt: null });
    // Half the users are of the lost Region; its zero-weighted records answer in equal parts: 20 requests/s, 0.5 a node.
    expect(input(`send-for-nodes-${EU}`)).toMatchObject({
      share: 0.55,
      nodes: 22,
      whenShort: 'take-maximum',
    });
    expect(input(`prescale-${AP}`)).toMatchObject({ share: 0.45, nodes: 18 });
    expect(input(`promote-${EU}`)).toMatchObject({
      backupRetentionDays: 7,
      bound: { accept, declaredBy: `declare-${EU}`, leftBy: `await-dns-${US}` },
    });
    expect(keys(plan.steps)).toEqual(expect.arrayContaining([`declare-${EU}`, `await-dns-${US}`]));
  });

  it('says of a Region without a path to the new writer that it cannot order (aws-facts B-05)', () => {
    const order = plan.steps.find(({ key }) => key === `verify-order-${AP}`);
    expect(order).toMatchObject({ input: { path: false }, needsRegions: [] });
    const connected = planned(
      'failover',
      { lost: US, target: EU, accept },
      { silent: US, byRegion: meshed() },
    );
    expect(connected.steps.find(({ key }) => key === `verify-order-${AP}`)).toMatchObject({
      input: { path: true, bestEffort: true },
      needsRegions: [AP, EU],
    });
  });

  it('without a switch leaves DNS to the Region’s own health check', () => {
    const bare = planned('failover', { lost: US, target: EU, accept }, { silent: US });
    expect(bare.steps.find(({ key }) => key === `switch-off-${US}`)).toMatchObject({
      input: { inRegions: [] },
      needsRegions: [],
    });
    expect(keys(bare.compensation)).not.toContain(`switch-on-${US}`);
  });

  it.each<[string, unknown, Given, string]>([
    ['the same Region', { lost: US, target: US, accept }, {}, 'same-region'],
    ['a foreign Region', { lost: US, target: 'eu-north-1', accept }, {}, 'not-here'],
    ['a Region that is no writer', { lost: AP, target: EU, accept }, {}, 'not-its-copy'],
    ['a target that is a primary', { lost: US, target: EU, accept }, afterFailover(), 'already-writer'],
    [
      'a target never seen',
      { lost: US, target: AP, accept },
      { topology: withoutDatabase(AP) },
      'target-unseen',
    ],
  ])('is refused for %s', (_, params, given, code) => {
    expect(refusal('failover', params, given)).toBe(code);
  });
});

describe('the plan of a switchover', () => {
  const plan = planned('switchover', { target: EU }, { prepared: [US, EU, AP], byRegion: meshed() });

  it('does before the freeze all that it can, and nothing else in the outage', () => {
    expect(keys(plan.steps)).toEqual([
      'recheck',
      `parity-${EU}`,
      `capacity-${EU}`,
      `capacity-${AP}`,
      `switch-off-${US}`,
      `await-dns-${US}`,
      'verify-reads-away',
      `verify-replication-${EU}`,
      `freeze-writes-${US}`,
      `freeze-writes-${EU}`,
      `freeze-writes-${AP}`,
      `seal-${US}`,
      `promote-${EU}`,
      `point-writer-${US}`,
      `point-writer-${EU}`,
      `point-writer-${AP}`,
      `verify-order-${EU}`,
      `verify-order-${US}`,
      `verify-order-${AP}`,
      `retire-${US}`,
      `create-replica-${US}`,
      `create-replica-${AP}`,
      'verify-redundancy',
      `parity-${US}`,
      `parity-${AP}`,
      `delete-replica-${AP}`,
      `switch-on-${US}`,
      `await-dns-back-${US}`,
      'verify-reads-back',
      'summary',
    ]);
  });

  it('gives up in seconds, not hours, while nobody can order', () => {
    const from = plan.steps.findIndex(({ key }) => key === `freeze-writes-${US}`);
    const to = plan.steps.findIndex(({ irreversible }) => irreversible);
    for (const step of plan.steps.slice(from, to)) {
      expect(step.input.failAfterSeconds, step.key).toBeLessThanOrEqual(100);
    }
  });

  it('opens the old writer first and then lets orders flow again, when it is put back', () => {
    expect(pointOfNoReturn(plan)?.key).toBe(`promote-${EU}`);
    expect(keys(plan.compensation)).toEqual([
      `unfence-database-${US}`,
      `restore-writes-${US}`,
      `restore-writes-${EU}`,
      `restore-writes-${AP}`,
      `readmit-${US}`,
      `release-${EU}`,
      `release-${AP}`,
    ]);
    const restore = plan.compensation.find(({ key }) => key === `restore-writes-${AP}`);
    expect(restore?.input).toMatchObject({ writer: { instanceId: US }, writeFreeze: false });
  });

  it('carries the clocks of writes and redundancy', () => {
    expect(plan.steps.flatMap(({ clock }) => clock ?? [])).toEqual(['writes', 'redundancy']);
  });

  it('gives the new writer what the old one had', () => {
    expect(plan.steps.find(({ key }) => key === `parity-${EU}`)?.input).toMatchObject({
      multiAz: true,
      deletionProtection: true,
      backupRetentionDays: 7,
    });
  });

  it('leaves readers where they are when no switch is prepared', () => {
    const bare = planned('switchover', { target: EU });
    expect(keys(bare.steps).slice(0, 5)).toEqual([
      'recheck',
      `parity-${EU}`,
      `capacity-${EU}`,
      `verify-replication-${EU}`,
      `freeze-writes-${US}`,
    ]);
    expect(keys(bare.steps)).not.toContain(`switch-on-${US}`);
  });

  it.each<[string, unknown, Given, string]>([
    ['the writer itself', { target: US }, {}, 'already-writer'],
    ['a foreign Region', { target: 'eu-north-1' }, {}, 'not-here'],
    ['no writer', { target: EU }, { topology: { writer: null } }, 'no-writer'],
    ['a copy of another', { target: US }, afterFailover(), 'not-its-copy'],
  ])('is refused for %s', (_, params, given, code) => {
    expect(refusal('switchover', params, given)).toBe(code);
  });
});

describe('plans that move readers', () => {
  it('send them away by the switch, and let them back', () => {
    const away = planned('evacuate', { region: AP }, { prepared: [AP] });
    expect(keys(away.steps)).toEqual([
      `prescale-${US}`,
      `prescale-${EU}`,
      `switch-off-${AP}`,
      `await-dns-${AP}`,
      'verify-reads',
    ]);
    expect(keys(away.compensation)).toEqual([`switch-on-${AP}`, `release-${US}`, `release-${EU}`]);
    for (const step of everyStep(away)) expect(step.needsRegions).not.toContain(AP);
    expect(away.steps.find(({ key }) => key === `switch-off-${AP}`)?.needsRegions).toEqual([US, EU]);

    const back = planned('return', { region: AP }, { prepared: [AP], byRegion: offIn(AP) });
    expect(keys(back.steps)).toEqual([
      `check-region-${AP}`,
      `capacity-${AP}`,
      `switch-on-${AP}`,
      `await-dns-${AP}`,
      'verify-reads',
    ]);
    expect(back.steps.find(({ key }) => key === 'verify-reads')?.input.regions).toEqual([US, EU, AP]);
  });

  it.each<[string, RecoveryKind, Given, string]>([
    ['the writer', 'evacuate', { prepared: [US] }, 'is-writer'],
    ['without a switch', 'evacuate', {}, 'switch-not-prepared'],
    ['what is off already', 'evacuate', { prepared: [AP], byRegion: offIn(AP) }, 'already-off'],
    ['what is not off', 'return', { prepared: [AP] }, 'not-off'],
  ])('are refused: %s', (what, kind, given, code) => {
    expect(refusal(kind, { region: what === 'the writer' ? US : AP }, given)).toBe(code);
  });

  it('are refused where a copy does not follow the writer', () => {
    const broken = databaseOf(ap, { replication: 'terminated' });
    const byRegion = { ...offIn(AP), [AP]: { databases: seen({ instances: [broken] }) } };
    expect(refusal('return', { region: AP }, { prepared: [AP], byRegion })).toBe('not-whole');
  });
});

describe('the plan of a rebuild', () => {
  it('shuts, keeps, renames and reads an old primary before anything takes its place', () => {
    const plan = planned('rebuild', { region: US }, afterFailover());
    expect(keys(plan.steps)).toEqual([
      `point-writer-${US}`,
      `fence-database-${US}`,
      `snapshot-${US}`,
      `retire-${US}`,
      `salvage-${US}`,
      `create-replica-${US}`,
      `parity-${US}`,
      `check-region-${US}`,
      'verify-redundancy',
      'summary',
    ]);
    expect(plan.steps.find(({ key }) => key === `fence-database-${US}`)?.input).not.toHaveProperty(
      'bestEffort',
    );
    expect(plan.steps.find(({ key }) => key === `salvage-${US}`)?.input).toMatchObject({
      instance: { createdBy: `retire-${US}` },
      since: '2026-11-23T09:00:00.000Z',
    });
    expect(plan.compensation).toEqual([]);
  });

  it('replaces a copy that broke off, and deletes it last', () => {
    const broken = databaseOf(ap, { replication: 'terminated' });
    const plan = planned(
      'rebuild',
      { region: AP },
      { byRegion: { [AP]: { databases: seen({ instances: [broken] }) } } },
    );
    expect(keys(plan.steps)).toEqual([
      `create-replica-${AP}`,
      `parity-${AP}`,
      `point-writer-${AP}`,
      `check-region-${AP}`,
      'verify-redundancy',
      `delete-replica-${AP}`,
      'summary',
    ]);
  });

  it.each<[string, string | null, string | null]>([
    // Of the writer itself, whose name another database may have had before: its last day.
    ['of the writer', databaseOf(us).arn, null],
    ['of another', databaseOf(eu).arn, '2026-11-23T09:00:00.000Z'],
    ['of nothing any more', null, '2026-11-23T09:00:00.000Z'],
  ])('reads a copy %s before it is deleted', (_, sourceArn, since) => {
    const broken = databaseOf(ap, { replication: 'terminated', sourceArn });
    const plan = planned(
      'rebuild',
      { region: AP },
      {
        byRegion: { [AP]: { databases: seen({ instances: [broken] }) } },
        topology: { divergedAt: '2026-11-23T09:00:00.000Z' },
      },
    );
    expect(plan.steps.find(({ key }) => key === `delete-replica-${AP}`)?.input.compare).toEqual({
      writer: { region: US, instance: { instanceId: us.database.instanceId } },
      since,
    });
  });

  it.each<[string, unknown, Given, string]>([
    ['the writer', { region: US }, {}, 'is-writer'],
    ['what replicates', { region: EU }, {}, 'whole'],
    ['no writer', { region: EU }, { topology: { writer: null } }, 'no-writer'],
  ])('is refused for %s', (_, params, given, code) => {
    expect(refusal('rebuild', params, given)).toBe(code);
  });
});

describe('the plan of a failback', () => {
  it('is rebuild, readers back, a while, and a switchover; what is deleted for good comes last', () => {
    const plan = planned('failback', { target: US }, { ...afterFailover(), byRegion: switchedOff(US) });
    const all = keys(plan.steps);
    const at = (key: string) => all.indexOf(key);
    const order = [
      `rebuild-retire-${US}`,
      `rebuild-create-replica-${US}`,
      `return-switch-on-${US}`,
      'return-verify-reads',
      'soak-dwell',
      'soak-verify-reads',
      'recheck',
      `freeze-writes-${EU}`,
      `seal-${EU}`,
      `promote-${US}`,
      `verify-order-${US}`,
      `create-replica-${EU}`,
      'verify-redundancy',
      'summary',
    ];
    expect(order.map(at)).toEqual([...order.map(at)].sort((a, b) => a - b));
    expect(order.map(at)).not.toContain(-1);
    expect(pointOfNoReturn(plan)?.key).toBe(`promote-${US}`);
  });

  it('promotes what it made itself', () => {
    const plan = planned('failback', { target: US }, { ...afterFailover(), byRegion: switchedOff(US) });
    expect(plan.steps.find(({ key }) => key === `promote-${US}`)?.input).toMatchObject({
      instance: { createdBy: `rebuild-create-replica-${US}` },
    });
  });

  it('reads the copy that it replaces against the writer of then, and deletes it last', () => {
    const only = (database: ReturnType<typeof databaseOf>) => ({
      database: seen(database),
      databases: seen({ instances: [database] }),
    });
    const follower = databaseOf(us, {
      role: 'replica',
      sourceArn: databaseOf(eu).arn,
      replication: 'replicating',
    });
    const { byRegion, ...after } = afterFailover();
    const stood = {
      ...byRegion,
      [US]: only(follower),
      [AP]: only(databaseOf(ap, { replication: 'terminated' })),
    };
    const plan = planned('failback', { target: AP }, { ...after, byRegion: stood });
    const deletion = plan.steps.at(-2);
    expect(deletion?.key).toBe(`rebuild-delete-replica-${AP}`);
    expect(deletion?.input.compare).toEqual({
      writer: { region: AP, instance: { createdBy: `rebuild-create-replica-${AP}` } },
      since: '2026-11-23T09:00:00.000Z',
    });
  });

  it('leaves out what is whole', () => {
    const plan = planned('failback', { target: EU }, { prepared: [US, EU, AP] });
    expect(keys(plan.steps).filter((key) => /^(rebuild|return)-/.test(key))).toEqual([]);
  });
});

describe('the plan of a drill', () => {
  it('at a table tries every step of the plan it is about, and changes nothing', () => {
    const plan = planned('drill', { level: 'tabletop', region: US }, { prepared: [US] });
    const drilled = planned('failover', { lost: US, target: EU, accept }, { prepared: [US] });
    expect(keys(plan.steps)).toEqual([
      ...keys(drilled.steps.slice(0, -1)).map((key) => `dry-${key}`),
      'verdict',
    ]);
    expect(new Set(plan.steps.map(({ action }) => action))).toEqual(
      new Set(['recovery.dry', 'recovery.verdict']),
    );
    expect(everyStep(plan).some(({ irreversible }) => irreversible)).toBe(false);
  });

  it('promotes a throw-away copy and no other, and deletes it whatever happens', () => {
    const plan = planned('drill', { level: 'promotion', region: EU });
    expect(keys(plan.steps)).toEqual([
      `create-drill-${EU}`,
      `promote-drill-${EU}`,
      `delete-drill-${EU}`,
      'summary',
    ]);
    expect(plan.steps.find(({ key }) => key === `promote-drill-${EU}`)?.input.instance).toEqual({
      createdBy: `create-drill-${EU}`,
    });
    expect(keys(plan.compensation)).toEqual([`discard-drill-${EU}`]);
    const copyOf = { region: US, instance: { instanceId: us.database.instanceId } };
    expect(plan.steps.find(({ key }) => key === `delete-drill-${EU}`)?.input.copyOf).toEqual(copyOf);
    expect(plan.compensation[0]?.input.copyOf).toEqual(copyOf);
    expect(pointOfNoReturn(plan)).toBeUndefined();
  });

  it('moves the writer there and back, with what the first way made', () => {
    const plan = planned('drill', { level: 'switchover', region: EU }, { prepared: [US, EU, AP] });
    expect(keys(plan.steps)).toContain(`there-promote-${EU}`);
    expect(plan.steps.find(({ key }) => key === `back-promote-${US}`)?.input.instance).toEqual({
      createdBy: `there-create-replica-${US}`,
    });
  });

  it('says which steps of a failover each of its own stands for, and a trial stands for none but what only looks', () => {
    const failover = keys(planned('failover', { lost: US, target: EU, accept }, { prepared: [US] }).steps);
    const provenIn = (level: string, region: string) => {
      const { steps } = planned('drill', { level, region }, { prepared: [US, EU, AP] });
      const proven = new Set(steps.flatMap(({ key, proves }) => proves ?? [key]));
      return failover.filter((key) => proven.has(key));
    };
    expect(provenIn('tabletop', US)).toEqual([`declare-${EU}`]);
    expect(provenIn('promotion', EU)).toEqual([`promote-${EU}`, 'summary']);
    // What the trial at the table looks at, no move carries out: together they prove all of it.
    expect(provenIn('switchover', EU)).toEqual(failover.filter((key) => key !== `declare-${EU}`));
  });

  it('does not take readers that come back for readers that leave', () => {
    const plan = planned('return', { region: AP }, { prepared: [AP], byRegion: offIn(AP) });
    const dns = plan.steps.find(({ key }) => key === `await-dns-${AP}`);
    expect(dns?.proves).toEqual([`await-dns-back-${AP}`]);
  });

  it.each<[string, unknown, Given, string]>([
    ['a foreign Region', { level: 'readiness', region: 'eu-north-1' }, {}, 'not-here'],
    ['a loss that nobody could take over', { level: 'tabletop', region: US }, { target: null }, 'no-target'],
    ['a switchover to the writer', { level: 'switchover', region: US }, {}, 'already-writer'],
    ['an evacuation of the writer', { level: 'evacuation', region: US }, { prepared: [US] }, 'is-writer'],
  ])('is refused for %s', (_, params, given, code) => {
    expect(refusal('drill', params, given)).toBe(code);
  });
});

describe('plans that make ready', () => {
  it('put a check over the endpoint and two switches on every record, and the old one back', () => {
    const plan = planned('prepare-switch', { region: US });
    expect(keys(plan.steps)).toEqual([
      `switch-check-${EU}`,
      `switch-check-${AP}`,
      `calculated-check-${US}`,
      `attach-check-${US}`,
      `await-dns-${US}`,
    ]);
    expect(plan.steps.find(({ key }) => key === `calculated-check-${US}`)?.input.children).toEqual([
      us.healthCheckId,
      `switch-check-${EU}`,
      `switch-check-${AP}`,
    ]);
    expect(plan.compensation[0]?.input).toMatchObject({ check: { id: us.healthCheckId } });
    expect(refusal('prepare-switch', { region: US }, { prepared: [US] })).toBe('prepared');
  });

  it('connect two Regions both ways', () => {
    const plan = planned('connect-regions', { from: EU, to: AP });
    expect(keys(plan.steps)).toEqual([
      `create-peering-${EU}-${AP}`,
      `accept-peering-${AP}`,
      `route-${EU}`,
      `route-${AP}`,
      `verify-path-${EU}`,
      `verify-path-${AP}`,
    ]);
    expect(refusal('connect-regions', { from: US, to: EU })).toBe('connected');
    expect(refusal('connect-regions', { from: EU, to: EU })).toBe('same-region');
  });
});

describe('how long a new copy may take', () => {
  it.each([
    [20, 3],
    [100, 3],
    [101, 4],
    [500, 7],
    [64_000, 24],
    // Nobody has seen how large it is.
    [0, 24],
  ])('of %d GiB is %d hours', (storageGiB, hours) => {
    expect(copySeconds(storageGiB)).toBe(hours * 3_600);
  });
});
