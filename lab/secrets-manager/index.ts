import type {
  ListSecretsCommandInput,
  PutSecretValueCommandInput,
  SecretListEntry,
} from '@aws-sdk/client-secrets-manager';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import type { DatabaseLogin } from '#lab/postgres/index.ts';
import { type AwsService, defineService } from '#lab/wire/service.ts';
import { invalid, invalidParameter, invalidRequest } from './faults.ts';
import { listSecrets } from './list.ts';
import { CURRENT, type SecretRecord, type SecretVersion } from './records.ts';
import { seedSecrets } from './seed.ts';
import { createStore } from './store.ts';
import { addVersion, changeStage, pickVersion } from './versions.ts';

/** Quotas of Secrets Manager's API, calls a second in each Region ("Secrets Manager quotas"). */
const perSecond = (rate: number) => ({ burst: rate, perSecond: rate });
const THROTTLE = {
  operations: {
    GetSecretValue: perSecond(10_000),
    DescribeSecret: perSecond(10_000),
    ListSecrets: perSecond(100),
    PutSecretValue: perSecond(50),
    UpdateSecretVersionStage: perSecond(50),
    StopReplicationToReplica: perSecond(50),
  },
};
const MOST_BYTES = 65_536;
const DAY_MS = 86_400_000;

/** Secrets Manager of each Region. `login`: what the estate's secret holds. The SDK's client is loaded with the first call. */
export function createSecretsManager(
  ctx: LabContext,
  { login }: { login: DatabaseLogin },
): { service: AwsService; part: LabPart } {
  const store = createStore(ctx);
  if (store.list().length === 0) seedSecrets(ctx, store, login);

  /** The secret, marked as read today. */
  function accessed(region: string, id: string | undefined): SecretRecord {
    const record = store.get(region, id);
    const accessedAtMs = Math.floor(ctx.clock.now() / DAY_MS) * DAY_MS;
    if (record.accessedAtMs !== accessedAtMs) store.put({ ...record, accessedAtMs });
    return record;
  }

  const service = defineService({
    clientName: 'SecretsManagerClient',
    loadModule: () => import('@aws-sdk/client-secrets-manager'),
    signingName: 'secretsmanager',
    throttle: THROTTLE,
    handlers: {
      GetSecretValue(input, { region }) {
        const { arn, name, versions } = accessed(region, input.SecretId);
        const version = pickVersion(versions, input);
        return {
          ARN: arn,
          Name: name,
          VersionId: version.id,
          VersionStages: version.stages,
          CreatedDate: new Date(version.createdAtMs),
          ...(version.kind === 'string'
            ? { SecretString: version.value }
            : { SecretBinary: new Uint8Array(Buffer.from(version.value, 'base64')) }),
        };
      },

      DescribeSecret(input, { region }) {
        const record = store.get(region, input.SecretId);
        return {
          ...describe(record),
          VersionIdsToStages: stagesOf(record.versions),
          ReplicationStatus: store.replicasOf(record).map((replica) => ({
            Region: replica.region,
            KmsKeyId: replica.kmsKeyId,
            Status: replica.revision === record.revision ? ('InSync' as const) : ('InProgress' as const),
            LastAccessedDate: dateOf(replica.accessedAtMs),
          })),
        };
      },

      ListSecrets(input: ListSecretsCommandInput, { region }) {
        const { page, nextToken } = listSecrets(store.within(region), input);
        const SecretList = page.map((record) => ({
          ...describe(record),
          SecretVersionsToStages: stagesOf(record.versions),
        }));
        return { SecretList, NextToken: nextToken };
      },

      PutSecretValue(input, { region }) {
        const record = store.get(region, input.SecretId);
        store.requirePrimary(record);
        const added = { ...readValue(input), createdAtMs: ctx.clock.now() };
        const versions = addVersion(record.versions, added, record.arn);
        if (versions !== record.versions) store.change(record, versions);
        const stages = versions.find(({ id }) => id === added.id)?.stages;
        return { ARN: record.arn, Name: record.name, VersionId: added.id, VersionStages: stages };
      },

      UpdateSecretVersionStage(input, { region }) {
        const record = store.get(region, input.SecretId);
        store.requirePrimary(record);
        const { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to } = input;
        if (!stage || stage.length > 256)
          throw invalid(stage, 'versionStage', 'Member must have length between 1 and 256');
        const versions = changeStage(record.versions, { stage, from, to });
        if (versions !== record.versions) store.change(record, versions);
        return { ARN: record.arn, Name: record.name };
      },

      /** Makes the replica of this Region a secret of its own, which then can be changed here. */
      StopReplicationToReplica(input, { region }) {
        const record = store.get(region, input.SecretId);
        if (record.primaryRegion === region)
          throw invalidRequest(`Secret ${record.name} in ${region} is not a replica secret.`);
        store.put({ ...record, primaryRegion: region });
        return { ARN: record.arn };
      },
    },
  });

  return {
    service,
    part: {
      async reset() {
        store.clear();
        seedSecrets(ctx, store, login);
      },
      async close() {
        store.close();
      },
    },
  };
}

function readValue(input: PutSecretValueCommandInput): Omit<SecretVersion, 'createdAtMs'> {
  const { ClientRequestToken: id = '', SecretString, SecretBinary, VersionStages } = input;
  if (id.length < 32 || id.length > 64)
    throw invalidParameter('ClientRequestToken must be 32-64 characters long.');
  if (SecretString !== undefined && SecretBinary !== undefined)
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  if (SecretString === undefined && SecretBinary === undefined)
    throw invalidRequest('You must provide either SecretString or SecretBinary.');
  if (
    VersionStages &&
    (VersionStages.length === 0 || VersionStages.some((stage) => !stage || stage.length > 256))
  )
    throw invalid(VersionStages, 'versionStages', 'Member must have length between 1 and 256');
  const value = SecretString ?? Buffer.from(SecretBinary ?? []).toString('base64');
  const bytes = SecretString === undefined ? (SecretBinary?.length ?? 0) : Buffer.byteLength(SecretString);
  if (bytes < 1 || bytes > MOST_BYTES)
    throw invalid('*****', 'secretString', `Member must have length between 1 and ${MOST_BYTES}`);
  return {
    id,
    value,
    kind: SecretString === undefined ? 'binary' : 'string',
    stages: [...new Set(VersionStages ?? [CURRENT])],
  };
}

function describe(record: SecretRecord): SecretListEntry {
  return {
    ARN: record.arn,
    Name: record.name,
    Description: record.description,
    KmsKeyId: record.kmsKeyId,
    RotationEnabled: false,
    Tags: record.tags,
    PrimaryRegion: record.primaryRegion,
    CreatedDate: new Date(record.createdAtMs),
    LastChangedDate: new Date(record.changedAtMs),
    LastAccessedDate: dateOf(record.accessedAtMs),
  };
}

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));

const stagesOf = (versions: SecretVersion[]): Record<string, string[]> =>
  Object.fromEntries(
    versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
  );
