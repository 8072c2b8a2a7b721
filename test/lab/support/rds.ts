import { type DBInstance, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { expect } from 'vitest';
import { createRds, type SecurityGroups } from '#lab/rds/index.ts';
import { createCredentials } from '#lab/wire/credentials.ts';
import { createGateway } from '#lab/wire/gateway.ts';
import { startDatabases, type TestLab } from './databases.ts';

export const OPEN_GROUP = 'sg-00000000000000001';
export const DENY_ALL = 'sg-00000000000000002';

/** The store gathers five seconds anyway; reading more often spares the tests waiting. */
const METRIC_PERIOD_SECONDS = 1;

export interface RdsLab extends TestLab {
  /** The SDK's client of a Region, over the wire. */
  client(region: string): RDSClient;
  /** The instance as that Region describes it; undefined when it is not there. */
  describe(region: string, id: string): Promise<DBInstance | undefined>;
  untilStatus(region: string, id: string, status: string): Promise<DBInstance>;
  reset(): Promise<void>;
}

const testGroups: SecurityGroups = {
  exists: (_region, id) => id === OPEN_GROUP || id === DENY_ALL,
  allows: (_region, ids) => ids.includes(OPEN_GROUP),
  initial: () => OPEN_GROUP,
  onChange: () => undefined,
};

/** Databases, RDS over them and the gateway in front. An AWS minute takes a tenth of a second. */
export async function startRds(options: { dataDir?: string } = {}): Promise<RdsLab> {
  const lab = await startDatabases({ ...options, timeScale: 600 });
  const { ctx, databases } = lab;
  ctx.estate.metrics.periodSeconds = METRIC_PERIOD_SECONDS;
  const rds = await createRds(ctx, databases, { securityGroups: testGroups });
  const credentials = createCredentials(ctx.dataDir, ctx.estate.account, ctx.clock.now);
  const gateway = await createGateway(ctx, { credentials, services: [rds.service] });
  const clients = new Map<string, RDSClient>();

  function client(region: string): RDSClient {
    const known = clients.get(region);
    if (known) return known;
    const fresh = new RDSClient({
      region,
      endpoint: gateway.url,
      credentials: credentials.user,
      maxAttempts: 1,
    });
    clients.set(region, fresh);
    return fresh;
  }

  async function describe(region: string, id: string): Promise<DBInstance | undefined> {
    const { DBInstances = [] } = await client(region).send(new DescribeDBInstancesCommand({}));
    return DBInstances.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id);
  }

  return {
    ...lab,
    client,
    describe,
    async untilStatus(region, id, status) {
      let seen: DBInstance | undefined;
      const look = async () => {
        seen = await describe(region, id);
        return seen?.DBInstanceStatus;
      };
      await expect.poll(look, { timeout: 15_000, interval: 20 }).toBe(status);
      if (!seen) throw new Error(`${id} vanished`);
      return seen;
    },
    async reset() {
      // In the order of the whole lab: what RDS says rests on the servers that are there.
      rds.part.halt?.();
      await databases.reset?.();
      await rds.part.reset?.();
    },
    async stop() {
      for (const known of clients.values()) known.destroy();
      await gateway.close();
      await rds.part.close();
      await lab.stop();
    },
  };
}
