import { describe, expect, it } from 'vitest';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { type AwsPort, UnansweredError } from '#lib/ports/aws.ts';
import { portDouble } from '#test/port-double.ts';
import { AP, copyOfEstate, databaseOf, EU, US } from '#test/recovery-facts.ts';
import { stepContext } from '#test/step-context.ts';
import { unfenceDatabase } from './fence.ts';
import { asLeftRun, checkLeft, putsBackLeft } from './left-behind.ts';
import { requireRegion } from './planning.ts';
import { pointWriter } from './shop-config.ts';

const estate = copyOfEstate();
const DENY = 'sg-deny';
const OPEN = 'sg-open';
const ID = 'ecommerce-db-us-east-1';

interface World {
  database: Partial<DatabaseObservation>;
  /** Of the copies, by Region. */
  copies: Record<string, Partial<DatabaseObservation>>;
  writerEndpoint: string | null;
  silent: string[];
  /** Regions that throttle their first call. */
  busy: string[];
}

/** A writer that was shut, with frozen orders, and what is written to it. */
function worldOf(changes: Partial<World> = {}) {
  const world: World = {
    database: { securityGroupIds: [DENY] },
    copies: {},
    writerEndpoint: ID,
    silent: [],
    busy: [],
    ...changes,
  };
  const writes: unknown[] = [];
  const config = { writerEndpoint: world.writerEndpoint, writeFreeze: true };
  const answers = (region: string) => {
    if (world.busy.includes(region)) {
      world.busy = world.busy.filter((other) => other !== region);
      throw new UnansweredError(`${region} has no time`, { throttled: true });
    }
    if (world.silent.includes(region)) throw new UnansweredError(`${region} does not answer`);
  };
  const standing = (region: string) =>
    databaseOf(requireRegion(estate, region), region === US ? world.database : (world.copies[region] ?? {}));
  const aws: AwsPort = portDouble({
    findDatabase: async (region) => {
      answers(region);
      return standing(region);
    },
    listDatabases: async (region) => {
      answers(region);
      return [standing(region)];
    },
    findSecurityGroup: async (region) => {
      answers(region);
      return DENY;
    },
    modifyDatabase: async (_region, _id, { securityGroupIds = [] }) => {
      writes.push({ securityGroupIds });
      world.database = { ...world.database, securityGroupIds: [...securityGroupIds] };
    },
    readShopConfig: async (region) => {
      answers(region);
      return { ...config };
    },
    writeShopConfig: async (_region, _namespace, change) => {
      writes.push(change);
      Object.assign(config, change);
    },
  });
  return { aws, writes };
}

const UNFENCE = {
  action: 'recovery.unfence-database',
  input: { region: US, instance: { instanceId: ID }, securityGroupIds: [OPEN], leftBy: 'OP-1' },
};
const RESTORE = {
  action: 'recovery.point-writer',
  input: {
    region: EU,
    namespace: 'shop',
    writer: { instanceId: ID },
    writeFreeze: false,
    putsBack: true,
    leftBy: 'OP-1',
  },
};

const open = (aws: AwsPort) =>
  putsBackLeft(UNFENCE.action, unfenceDatabase).run(stepContext({ aws, estate, step: UNFENCE }));
const restore = (aws: AwsPort) =>
  putsBackLeft(RESTORE.action, pointWriter).run(stepContext({ aws, estate, step: RESTORE }));
const look = (aws: AwsPort) => {
  const context = stepContext({ aws, estate, step: { input: { of: [UNFENCE, RESTORE] } } });
  return { context, ended: checkLeft.run(context) };
};

const promoted = { role: 'primary', sourceArn: null, replication: null } as const;

describe('a database that a run has left shut', () => {
  it('is opened, and found open when it is tried again', async () => {
    const { aws, writes } = worldOf();
    expect((await open(aws)).status).toBe('done');
    expect(writes).toEqual([{ securityGroupIds: [OPEN] }]);
    expect((await open(aws)).status).toBe('done');
  });

  it.each<[string, Partial<World>, RegExp]>([
    [
      'has other groups than it was left with',
      { database: { securityGroupIds: ['sg-of-somebody'] } },
      /sg-of-somebody, neither those of before nor those that OP-1 left/,
    ],
    ['was rebuilt as a replica', { database: { role: 'replica' } }, /is a replica now/],
    [
      'stands beside another that takes orders',
      { copies: { [EU]: promoted } },
      /ecommerce-db-eu-west-1 takes orders: .* there would be two writers/,
    ],
  ])('is left as it is where it %s', async (_, changes, why) => {
    const { aws, writes } = worldOf(changes);
    expect(await open(aws)).toMatchObject({ status: 'fail', note: expect.stringMatching(why) });
    const { ended } = look(aws);
    expect(await ended).toMatchObject({ status: 'fail', note: expect.stringMatching(why) });
    expect(writes).toEqual([]);
  });

  it('is opened beside a former primary that is shut as well, and one in a Region that is silent', async () => {
    const shut = { ...promoted, securityGroupIds: [DENY] };
    const { aws } = worldOf({ copies: { [EU]: shut }, silent: [AP] });
    expect((await open(aws)).status).toBe('done');
  });

  it('is not opened beside a writer whose Region throttles: that one is there', async () => {
    const { aws, writes } = worldOf({ copies: { [EU]: promoted }, busy: [EU] });
    await expect(open(aws)).rejects.toMatchObject({ throttled: true });
    expect(await open(aws)).toMatchObject({ status: 'fail', note: expect.stringMatching(/two writers/) });
    expect(writes).toEqual([]);
  });

  it('is asked for again where its own Region does not answer', async () => {
    const { aws } = worldOf({ silent: [US] });
    await expect(open(aws)).rejects.toThrow('us-east-1 does not answer');
  });
});

describe('orders that a run has left frozen', () => {
  it('are taken again, and stay so', async () => {
    const { aws, writes } = worldOf();
    expect((await restore(aws)).status).toBe('done');
    expect((await restore(aws)).status).toBe('done');
    expect(writes.at(-1)).toEqual({ writerEndpoint: ID, writeFreeze: false });
  });

  it('are left as they are where somebody has named another writer since', async () => {
    const { aws, writes } = worldOf({ writerEndpoint: 'ecommerce-db-by-hand' });
    expect(await restore(aws)).toMatchObject({
      status: 'fail',
      note: expect.stringMatching(/names ecommerce-db-by-hand, and OP-1 left it at ecommerce-db-us-east-1/),
    });
    expect(writes).toEqual([]);
  });

  it('of a run’s own compensation are put back whatever is named there', async () => {
    const { aws, writes } = worldOf({ writerEndpoint: 'another' });
    const { leftBy: _, ...input } = RESTORE.input;
    const own = stepContext({ aws, estate, step: { ...RESTORE, input } });
    await putsBackLeft(RESTORE.action, pointWriter).run(own);
    expect(writes).toHaveLength(1);
  });
});

describe('the look before anything is put back', () => {
  it('passes where all stands as it was left', async () => {
    const { ended } = look(worldOf().aws);
    expect((await ended).status).toBe('done');
  });

  it('is not kept from passing by a Region that is silent, and says so', async () => {
    const { context, ended } = look(worldOf({ silent: [EU] }).aws);
    expect((await ended).status).toBe('done');
    expect(context.told).toContain(
      'eu-west-1 does not answer: what is put back there is looked at once more before',
    );
  });

  it('waits for a Region that throttles, and does not call it silent', async () => {
    const { context, ended } = look(worldOf({ busy: [EU] }).aws);
    await expect(ended).rejects.toMatchObject({ throttled: true });
    expect(context.told).toEqual([]);
  });

  it('names everything that is another way', async () => {
    const { ended } = look(worldOf({ copies: { [EU]: promoted }, writerEndpoint: 'by-hand' }).aws);
    expect(await ended).toMatchObject({ note: expect.stringMatching(/two writers.*names by-hand/) });
  });
});

it('a copy that a drill has left is found by the number of the drill', async () => {
  const seen: string[] = [];
  const action = asLeftRun({
    run: async ({ operation }) => {
      seen.push(operation.id);
      return { status: 'done', note: '' };
    },
  });
  await action.run(stepContext({ step: { input: { leftBy: 'OP-1' } } }));
  await action.run(stepContext({}));
  expect(seen).toEqual(['OP-1', 'OP-1001']);
});
