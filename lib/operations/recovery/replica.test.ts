import { describe, expect, it } from 'vitest';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import type { NewReplica, OrderRow } from '#lib/ports/recovery.ts';
import { portDouble } from '#test/port-double.ts';
import { AP, copyOfEstate, databaseOf, EU } from '#test/recovery-facts.ts';
import { type RecordedContext, stepContext } from '#test/step-context.ts';
import { requireRegion } from './planning.ts';
import { createReplica, deleteReplica, discardDrill, verifyRedundancy } from './replica.ts';

const estate = copyOfEstate();
const eu = requireRegion(estate, EU);
const ap = requireRegion(estate, AP);
const writer = databaseOf(eu, { role: 'primary', sourceArn: null, replication: null });
const declared = ap.database.instanceId;
const DENY = 'sg-deny';

/** RDS of two Regions that makes and deletes what it is told, at once. */
function rds(instances: DatabaseObservation[], changes: Partial<Parameters<typeof portDouble>[0]> = {}) {
  const here = [...instances];
  const created: NewReplica[] = [];
  const deleted: string[] = [];
  const find = (id: string) => [...here, writer].find(({ instanceId }) => instanceId === id) ?? null;
  const aws = portDouble({
    findDatabase: (_region, id) => Promise.resolve(find(id)),
    listDatabases: (region) => Promise.resolve(region === EU ? [writer] : [...here]),
    findSecurityGroup: (_region, name) => Promise.resolve(name.endsWith('deny-all') ? DENY : 'sg-database'),
    createReplica: async (_region, replica) => {
      created.push(replica);
      here.push(databaseOf(ap, { instanceId: replica.instanceId, sourceArn: replica.sourceArn }));
    },
    deleteReplica: async (_region, id) => {
      deleted.push(id);
      here.splice(
        here.findIndex(({ instanceId }) => instanceId === id),
        1,
      );
    },
    modifyDatabase: async (_region, id, change) => {
      const found = find(id);
      if (found && change.deletionProtection !== undefined)
        found.deletionProtection = change.deletionProtection;
    },
    writeToken: () => Promise.resolve({ lsn: '0/7' }),
    hasToken: () => Promise.resolve(true),
    ...changes,
  });
  return { aws, created, deleted };
}

const source = { region: EU, instance: { instanceId: writer.instanceId } };

function creating(
  aws: RecordedContext['aws'],
  input: Record<string, unknown> = {},
  attempt = 1,
): RecordedContext {
  return stepContext({
    aws,
    estate,
    attempt,
    operation: { id: 'OP-1004', environment: 'production', kind: 'failover' },
    step: {
      key: `create-replica-${AP}`,
      region: AP,
      input: {
        region: AP,
        declaredId: declared,
        source,
        class: 'db.r6g.large',
        multiAz: false,
        kmsKeyId: 'arn:aws:kms:ap-southeast-1:000000000000:key/mrk-1',
        securityGroupIds: ['sg-1'],
        ...input,
      },
    },
  });
}

describe('a new copy', () => {
  it('takes the declared name where it is free, with the full request of B-19', async () => {
    const { aws, created } = rds([]);
    const context = creating(aws);
    expect(await createReplica.run(context)).toMatchObject({
      status: 'done',
      output: { instanceId: declared },
    });
    expect(created).toEqual([
      {
        instanceId: declared,
        sourceArn: writer.arn,
        class: 'db.r6g.large',
        multiAz: false,
        kmsKeyId: 'arn:aws:kms:ap-southeast-1:000000000000:key/mrk-1',
        securityGroupIds: ['sg-1'],
        operation: 'meridian:operation=OP-1004',
      },
    ]);
    expect(context.commands).toContainEqual(
      expect.stringContaining(
        `create-db-instance-read-replica --region ${AP} --db-instance-identifier ${declared} --source-db-instance-identifier ${writer.arn} --source-region ${EU}`,
      ),
    );
  });

  it('stands beside the old one under the number of its operation', async () => {
    const { aws } = rds([databaseOf(ap)]);
    expect(await createReplica.run(creating(aws))).toMatchObject({
      output: { instanceId: `${declared}-1004` },
    });
  });

  it('gets the Region’s database group where the old one was shut', async () => {
    const { aws, created } = rds([]);
    await createReplica.run(creating(aws, { securityGroupIds: [DENY] }));
    expect(created[0]?.securityGroupIds).toEqual(['sg-database']);
  });

  it('is found after a crash, whichever name it had taken, and not made twice', async () => {
    const own = databaseOf(ap, { instanceId: `${declared}-1004`, sourceArn: writer.arn });
    const { aws, created } = rds([databaseOf(ap), own]);
    expect(await createReplica.run(creating(aws, {}, 2))).toMatchObject({
      status: 'done',
      output: { instanceId: `${declared}-1004` },
    });
    expect(created).toEqual([]);
  });

  it('is not an old one that broke off', async () => {
    const broken = databaseOf(ap, { sourceArn: writer.arn, replication: 'terminated' });
    const { aws, created } = rds([broken]);
    await createReplica.run(creating(aws));
    expect(created.map(({ instanceId }) => instanceId)).toEqual([`${declared}-1004`]);
  });

  it('whose answer was lost is asked for again: the port knows its own', async () => {
    let asked = 0;
    const made = rds([]);
    const { aws } = rds([], {
      ...made.aws,
      createReplica: (region, replica) => {
        asked += 1;
        if (asked === 1) return Promise.reject(new UnansweredError('lost'));
        return made.aws.createReplica(region, replica);
      },
    });
    expect((await createReplica.run(creating(aws))).status).toBe('done');
    expect(asked).toBe(2);
  });

  it('waits while RDS is busy with the source, and fails on what it refuses', async () => {
    const refusal = (name: string) => Object.assign(new Error(name), { name });
    let asked = 0;
    const made = rds([]);
    const { aws } = rds([], {
      ...made.aws,
      createReplica: (region, replica) => {
        asked += 1;
        if (asked === 1) return Promise.reject(refusal('InvalidDBInstanceStateFault'));
        return made.aws.createReplica(region, replica);
      },
    });
    expect((await createReplica.run(creating(aws))).status).toBe('done');
    const { aws: full } = rds([], {
      createReplica: () => Promise.reject(refusal('InstanceQuotaExceededFault')),
    });
    await expect(createReplica.run(creating(full))).rejects.toThrow('InstanceQuotaExceededFault');
    const { aws: taken } = rds([], {
      createReplica: () => Promise.reject(refusal('DBInstanceAlreadyExistsFault')),
    });
    await expect(createReplica.run(creating(taken))).rejects.toThrow('has another instance named');
  });

  it('is made under a drill’s own name when it is to be thrown away', async () => {
    const { aws } = rds([databaseOf(ap)]);
    expect(await createReplica.run(creating(aws, { throwaway: true }))).toMatchObject({
      output: { instanceId: `${declared}-drill-1004` },
    });
  });
});

function deleting(
  aws: RecordedContext['aws'],
  {
    instanceId = declared,
    ...more
  }: { instanceId?: string; replacedBy?: string; compare?: object; copyOf?: object } = {},
  outputs: RecordedContext['outputs'] = {},
  startedAgoMs = 0,
): RecordedContext {
  return stepContext({
    aws,
    estate,
    outputs,
    firstStartedAtMs: Date.now() - startedAgoMs,
    operation: { id: 'OP-1004', environment: 'production', kind: 'failover' },
    step: {
      key: `delete-replica-${AP}`,
      title: 'Delete the old copy',
      region: AP,
      input: { region: AP, instance: { instanceId }, ...more },
    },
  });
}

describe('deleting an old copy', () => {
  const made = { create: { instanceId: `${declared}-1004` } };
  const next = databaseOf(ap, { instanceId: `${declared}-1004`, sourceArn: writer.arn });

  it('lifts its protection and waits until it is gone', async () => {
    const { aws, deleted } = rds([databaseOf(ap, { deletionProtection: true }), next]);
    const context = deleting(aws, { replacedBy: 'create' }, made);
    expect((await deleteReplica.run(context)).status).toBe('done');
    expect(deleted).toEqual([declared]);
    expect(context.commands.filter((command) => !command.includes(' describe-'))).toEqual([
      expect.stringContaining('--no-deletion-protection'),
      expect.stringContaining('--skip-final-snapshot'),
    ]);
  });

  it.each<[string, DatabaseObservation[], RecordedContext['outputs'], string]>([
    ['nothing took its place', [databaseOf(ap)], {}, 'skipped'],
    ['its Region did not answer', [databaseOf(ap)], { create: { reached: false } }, 'skipped'],
    ['it took its own place', [databaseOf(ap)], { create: { instanceId: declared } }, 'skipped'],
    [
      'what takes its place does not replicate yet',
      [databaseOf(ap), { ...next, replication: 'stopped' }],
      made,
      'wait',
    ],
    ['it is a primary', [databaseOf(ap, { role: 'primary' }), next], made, 'fail'],
    ['it is gone', [next], made, 'skipped'],
  ])('does not happen while %s', async (_, instances, outputs, status) => {
    const { aws, deleted } = rds(instances);
    expect((await deleteReplica.run(deleting(aws, { replacedBy: 'create' }, outputs))).status).toBe(status);
    expect(deleted).toEqual([]);
  });

  it('holds for people where what takes its place does not come back', async () => {
    const { aws, deleted } = rds([databaseOf(ap), { ...next, replication: 'stopped' }]);
    const context = deleting(aws, { replacedBy: 'create' }, made, 11 * 60_000);
    expect((await deleteReplica.run(context)).status).toBe('hold');
    expect(deleted).toEqual([]);
  });

  describe('that may have come further than the writer', () => {
    const compare = { writer: source, declaredBy: 'declare' };
    const outputs = { ...made, declare: { rpo: { lastCommitAt: '2026-11-23T10:00:00.000Z' } } };
    const order = (number: number): OrderRow => ({
      id: `o-${number}`,
      region: AP,
      product: 1,
      amount: '9.90',
      customer: 'c-1',
      createdAt: new Date(Date.parse('2026-11-23T10:00:00.000Z') + number).toISOString(),
    });
    const ahead = (count: number, changes: Parameters<typeof rds>[1] = {}) => {
      const orders = Array.from({ length: count }, (_, number) => order(number));
      return rds([databaseOf(ap, { deletionProtection: false }), next], {
        ordersSince: async (_region, _id, since, limit, after) =>
          orders
            .filter(({ createdAt }) => createdAt >= since && !(after && createdAt <= after.createdAt))
            .slice(0, limit),
        missingOrders: (_region, _id, ids) => Promise.resolve(ids.filter((id) => id !== 'o-0')),
        lastOrder: async () => orders.at(-1) ?? null,
        ...changes,
      });
    };

    it('lists first what only it has', async () => {
      const { aws, deleted } = ahead(3);
      const context = deleting(aws, { replacedBy: 'create', compare }, outputs);
      const outcome = await deleteReplica.run(context);
      expect(outcome).toMatchObject({
        status: 'done',
        output: {
          salvaged: true,
          since: '2026-11-23T09:59:00.000Z',
          compared: 3,
          count: 2,
          orders: [order(1), order(2)],
        },
      });
      expect(context.kept).toEqual(['output' in outcome ? outcome.output : undefined]);
      expect(deleted).toEqual([declared]);
    });

    it.each<[string, string | null, string, number]>([
      ['since the failover at which it was left', '2026-11-23T10:00:00.001Z', '2026-11-23T09:59:00.001Z', 3],
      [
        'of its last day where it was left before that',
        '2026-11-26T10:00:00.000Z',
        '2026-11-22T10:00:00.002Z',
        3,
      ],
      ['of its last day where nobody knows when it was left', null, '2026-11-22T10:00:00.002Z', 3],
    ])('reads what it has %s', async (_, since, from, compared) => {
      const { aws, deleted } = ahead(3);
      const context = deleting(aws, { replacedBy: 'create', compare: { writer: source, since } }, made);
      expect(await deleteReplica.run(context)).toMatchObject({
        status: 'done',
        output: { salvaged: true, since: from, compared, count: 2 },
      });
      expect(deleted).toEqual([declared]);
    });

    it('reads it once: after a crash it may be on its way out', async () => {
      const { aws, deleted } = ahead(3, { ordersSince: () => Promise.reject(new Error('is deleting')) });
      const kept = { salvaged: true, count: 2, orders: [order(1), order(2)] };
      const again = { ...outputs, [`delete-replica-${AP}`]: kept };
      const outcome = await deleteReplica.run(deleting(aws, { replacedBy: 'create', compare }, again));
      expect(outcome).toMatchObject({ status: 'done', output: kept });
      expect(deleted).toEqual([declared]);
    });

    it.each<[string, () => ReturnType<typeof rds>]>([
      ['more is missing than is listed', () => ahead(1_200)],
      ['it cannot be read', () => ahead(1, { ordersSince: () => Promise.reject(new Error('no relation')) })],
    ])('keeps it where %s', async (_, given) => {
      const { aws, deleted } = given();
      const outcome = await deleteReplica.run(deleting(aws, { replacedBy: 'create', compare }, outputs));
      expect(outcome).toMatchObject({
        status: 'skipped',
        output: {
          salvaged: false,
          leftUndone: expect.stringMatching(
            /^“Delete the old copy”: ecommerce-db-ap-southeast-1 stays: .*[^.]$/,
          ),
        },
      });
      expect(deleted).toEqual([]);
    });

    it('asks again where nothing answers, and keeps it in the end', async () => {
      const lost = new UnansweredError('lost');
      const { aws, deleted } = ahead(1, { missingOrders: () => Promise.reject(lost) });
      const asked = { replacedBy: 'create', compare };
      expect((await deleteReplica.run(deleting(aws, asked, outputs))).status).toBe('wait');
      const later = deleting(aws, asked, outputs, 6 * 60_000);
      expect(await deleteReplica.run(later)).toMatchObject({ status: 'skipped' });
      expect(deleted).toEqual([]);
    });
  });

  describe('that is a drill’s throw-away', () => {
    const throwaway = `${declared}-drill-1004`;
    const copy = () => databaseOf(ap, { instanceId: throwaway, role: 'primary', deletionProtection: false });
    const discarding = (aws: RecordedContext['aws'], startedAgoMs = 0) =>
      stepContext({
        aws,
        estate,
        firstStartedAtMs: Date.now() - startedAgoMs,
        operation: { id: 'OP-1004', environment: 'production', kind: 'drill' },
        step: { key: 'discard', region: AP, input: { region: AP, declaredId: declared, copyOf: source } },
      });

    it('deletes it although it was promoted, and that one alone', async () => {
      const { aws, deleted } = rds([databaseOf(ap), copy()]);
      expect((await discardDrill.run(discarding(aws))).status).toBe('done');
      expect(deleted).toEqual([throwaway]);
      expect((await discardDrill.run(discarding(aws))).status).toBe('skipped');
    });

    it('as the step of the drill, too, unread: its source has all of it', async () => {
      const { aws, deleted } = rds([databaseOf(ap), copy()]);
      const context = deleting(aws, { instanceId: throwaway, copyOf: source });
      expect((await deleteReplica.run(context)).status).toBe('done');
      expect(deleted).toEqual([throwaway]);
    });

    it.each<[string, DatabaseObservation | null]>([
      ['is gone', null],
      ['follows another by now', { ...writer, role: 'replica' }],
    ])('keeps it where what it was made of %s', async (_, origin) => {
      const { aws, deleted } = rds([copy()]);
      const without = portDouble({
        ...aws,
        findDatabase: (region, id) =>
          region === EU ? Promise.resolve(origin) : aws.findDatabase(region, id),
      });
      expect(await discardDrill.run(discarding(without))).toMatchObject({
        status: 'skipped',
        output: { salvaged: false, instanceId: throwaway },
      });
      expect(deleted).toEqual([]);
    });

    it('asks again for a source that does not answer, and keeps it in the end', async () => {
      const { aws, deleted } = rds([copy()]);
      const silent = portDouble({
        ...aws,
        findDatabase: (region, id) =>
          region === EU ? Promise.reject(new UnansweredError('lost')) : aws.findDatabase(region, id),
      });
      expect((await discardDrill.run(discarding(silent))).status).toBe('wait');
      expect((await discardDrill.run(discarding(silent, 6 * 60_000))).status).toBe('skipped');
      expect(deleted).toEqual([]);
    });
  });
});

describe('redundancy', () => {
  const looking = (aws: RecordedContext['aws']) =>
    stepContext({
      aws,
      estate,
      step: { key: 'verify-redundancy', input: { writer: source, regions: [AP] } },
    });

  it('is restored by one copy that replicates from the writer', async () => {
    const { aws } = rds([
      databaseOf(ap),
      databaseOf(ap, { instanceId: `${declared}-1004`, sourceArn: writer.arn }),
    ]);
    expect(await verifyRedundancy.run(looking(aws))).toMatchObject({
      status: 'done',
      output: { restored: true, copies: [`${declared}-1004`] },
    });
  });

  it('is not by a copy of something else, nor by a Region that does not answer', async () => {
    const stale = rds([databaseOf(ap)]);
    expect(await verifyRedundancy.run(looking(stale.aws))).toMatchObject({ output: { restored: false } });
    const silent = rds([], { listDatabases: () => Promise.reject(new UnansweredError('lost')) });
    expect(await verifyRedundancy.run(looking(silent.aws))).toMatchObject({ output: { restored: false } });
  });

  it('is not denied because a Region had no time to tell: it is asked again', async () => {
    const throttled = new UnansweredError('Rate exceeded', { throttled: true });
    const { aws } = rds([], { listDatabases: () => Promise.reject(throttled) });
    await expect(verifyRedundancy.run(looking(aws))).rejects.toBe(throttled);
  });
});
