import type { LabContext } from '#lab/kernel/context.ts';
import type { DatabaseLogin } from '#lab/postgres/index.ts';
import { CURRENT } from './records.ts';
import type { Store } from './store.ts';

const ARN = /:secret:(.+)-[A-Za-z0-9]{6}$/;

/**
 * The database's master login under the ARNs that the estate names: one secret of the primary Region with a replica in each
 * other. In RDS's own form but without host and port, which DescribeDBInstances has.
 */
export function seedSecrets(ctx: LabContext, store: Store, login: DatabaseLogin): void {
  const { estate } = ctx;
  const home = estate.regions.find(({ database }) => database.role === 'primary' && database.secretArn);
  const value = JSON.stringify({
    engine: 'postgres',
    username: login.user,
    password: login.password,
    dbname: login.database,
  });
  const now = ctx.clock.now();
  for (const { code, database } of estate.regions) {
    const [, name] = ARN.exec(database.secretArn ?? '') ?? [];
    if (!database.secretArn || !name) continue;
    store.put({
      region: code,
      name,
      arn: database.secretArn,
      description: `Master login of ${estate.title}'s database`,
      kmsKeyId: `arn:aws:kms:${code}:${estate.account}:key/mrk-1234abcd12ab34cd56ef1234567890ab`,
      tags: [{ Key: 'application', Value: estate.estate }],
      primaryRegion: home?.code ?? code,
      revision: 1,
      versions: [
        {
          id: '6f0f2c1e-5d0b-4c0e-9d6a-000000000001',
          stages: [CURRENT],
          kind: 'string',
          value,
          createdAtMs: now,
        },
      ],
      createdAtMs: now,
      changedAtMs: now,
    });
  }
}
