import {
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import { findRegion } from '#lib/domain/estate/estate.ts';
import type { AwsPort, CallRecord } from '../../ports/aws.ts';
import { type ClusterClient, createClusterClient } from '../kubernetes/cluster.ts';
import { createAccountGuard } from './account.ts';
import { createAwsClients, GLOBAL_REGION } from './clients.ts';
import { measureRegion } from './metrics.ts';
import { errorSentence } from './observe-calls.ts';
import { listRecordSets, readChangeStatus, toWeightedRecords, upsertWeightedRecords } from './route53.ts';

/** Calls that change something; all others only read. */
const MUTATING = new Set(['ChangeResourceRecordSets', 'UpdateNodegroupConfig']);
const CALL_TIMEOUT_MS = 10_000;
const ATTEMPTS = 5;

export interface AwsPortOptions {
  estate: Estate;
  operation: { id: string; epoch: bigint };
  stepKey: string;
  /** Keeps each call with the step's evidence. */
  record: (call: CallRecord) => void;
  now: () => number;
}

/** AWS for one step of one operation. Call `close` when the step has ended. */
export function createAwsPort(options: AwsPortOptions): AwsPort & { close(): void } {
  const { estate, operation, stepKey, record, now } = options;
  const clients = createAwsClients({
    estate,
    sessionName: `${operation.id}-${stepKey}-${operation.epoch}`,
    timeoutMs: CALL_TIMEOUT_MS,
    attempts: ATTEMPTS,
    onCall: (call) => record({ ...call, mutating: MUTATING.has(call.action), summary: null }),
  });
  const requireAccount = createAccountGuard(clients, estate.account, now);
  const clusters = new Map<string, ClusterClient>();

  function regionOf(code: string): Region {
    const region = findRegion(estate, code);
    if (!region)
      throw new Error(`Region ${code} is not in the estate any more. Import the estate that has it.`);
    return region;
  }

  function clusterOf(code: string): ClusterClient {
    const known = clusters.get(code) ?? createClusterClient(clients, regionOf(code), now, CALL_TIMEOUT_MS);
    clusters.set(code, known);
    return known;
  }

  return {
    async listWeightedRecords(names) {
      const records = toWeightedRecords(await listRecordSets(clients, estate.dns.zoneId));
      return records.filter((found) => names.includes(found.name));
    },
    async changeWeightedRecords(records, comment) {
      await requireAccount(GLOBAL_REGION);
      return upsertWeightedRecords(clients, estate.dns.zoneId, records, comment);
    },
    changeStatus: (changeId) => readChangeStatus(clients, changeId),
    async describeNodeGroup(code) {
      const { cluster } = regionOf(code);
      const { nodegroup } = await clients
        .eks(code)
        .send(new DescribeNodegroupCommand({ clusterName: cluster.name, nodegroupName: cluster.nodegroup }));
      return {
        minimum: nodegroup?.scalingConfig?.minSize ?? 0,
        maximum: nodegroup?.scalingConfig?.maxSize ?? 0,
        desired: nodegroup?.scalingConfig?.desiredSize ?? 0,
        status: nodegroup?.status ?? 'UNKNOWN',
      };
    },
    async updateNodeGroup(code, scaling, token) {
      await requireAccount(code);
      const { cluster } = regionOf(code);
      const { update } = await clients.eks(code).send(
        new UpdateNodegroupConfigCommand({
          clusterName: cluster.name,
          nodegroupName: cluster.nodegroup,
          scalingConfig: { minSize: scaling.minimum, maxSize: scaling.maximum, desiredSize: scaling.desired },
          clientRequestToken: token,
        }),
      );
      return { updateId: update?.id ?? '' };
    },
    async nodeGroupUpdateStatus(code, updateId) {
      const { cluster } = regionOf(code);
      const { update } = await clients
        .eks(code)
        .send(new DescribeUpdateCommand({ name: cluster.name, nodegroupName: cluster.nodegroup, updateId }));
      return update?.status ?? 'Unknown';
    },
    async countReadyNodes(code) {
      return (await clusterOf(code).countReadyNodes()).ready;
    },
    measureTraffic: (window) =>
      Promise.all(
        estate.regions.map((region) =>
          measureRegion(clients, region, window, estate.metrics.periodSeconds).catch((error: unknown) => ({
            region: region.code,
            reads: { requests: 0, errors: 0, p95Ms: null },
            writes: { requests: 0, errors: 0, p95Ms: null },
            error: errorSentence(error),
          })),
        ),
      ),
    close: () => clients.destroy(),
  };
}
