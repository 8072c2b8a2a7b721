import {
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import { findRegion } from '#lib/domain/estate/estate.ts';
import { type AwsPort, type CallRecord, type NodeGroupState, UnansweredError } from '../../ports/aws.ts';
import { type ClusterClient, createClusterClient } from '../kubernetes/cluster.ts';
import { createAccountGuard } from './account.ts';
import { type AwsClients, createAwsClients, GLOBAL_REGION } from './clients.ts';
import { measureRegion, nothingMeasured } from './metrics.ts';
import { type CallObserver, errorSentence } from './observe-calls.ts';
import { listRecordSets, readChangeStatus, toWeightedRecords, upsertWeightedRecords } from './route53.ts';
import { answered } from './unanswered.ts';

/** Calls that change something; all others only read. */
const MUTATING = new Set(['ChangeResourceRecordSets', 'UpdateNodegroupConfig']);
const CALL_TIMEOUT_MS = 10_000;
const ATTEMPTS = 5;
/** What one Region gets to say how its traffic was, tries included: others wait for it. */
const MEASURE_MS = 20_000;

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
  const common = {
    estate,
    sessionName: `${operation.id}-${stepKey}-${operation.epoch}`,
    timeoutMs: CALL_TIMEOUT_MS,
    attempts: ATTEMPTS,
    onCall: (call: Parameters<CallObserver>[0]) =>
      record({ ...call, mutating: MUTATING.has(call.action), summary: null }),
  };
  const clients = createAwsClients(common);
  const changing = createAwsClients({ ...common, retry: 'throttled' });
  const requireAccount = createAccountGuard(clients, estate.account, now);
  const clusters = new Map<string, ClusterClient>();

  function regionOf(code: string): Region {
    const region = findRegion(estate, code);
    if (!region)
      throw new Error(`Region ${code} is not in the estate any more. Import the estate that has it.`);
    return region;
  }

  function clusterOf(code: string): ClusterClient {
    const known =
      clusters.get(code) ??
      createClusterClient({ clients, region: regionOf(code), now, timeoutMs: CALL_TIMEOUT_MS });
    clusters.set(code, known);
    return known;
  }

  return {
    listWeightedRecords: (names) =>
      answered('Route 53 ListResourceRecordSets', async () => {
        const records = toWeightedRecords(await listRecordSets(clients, estate.dns.zoneId));
        return records.filter((found) => names.includes(found.name));
      }),
    changeWeightedRecords: (records, comment) =>
      answered('Route 53 ChangeResourceRecordSets', async () => {
        await requireAccount(GLOBAL_REGION);
        return upsertWeightedRecords(changing, estate.dns.zoneId, records, comment);
      }),
    changeStatus: (changeId) => answered('Route 53 GetChange', () => readChangeStatus(clients, changeId)),
    describeNodeGroup: (code) =>
      answered(`EKS DescribeNodegroup in ${code}`, () => readNodeGroup(clients, regionOf(code))),
    updateNodeGroup: (code, scaling, token) =>
      answered(`EKS UpdateNodegroupConfig in ${code}`, async () => {
        await requireAccount(code);
        const { cluster } = regionOf(code);
        const { update } = await changing.eks(code).send(
          new UpdateNodegroupConfigCommand({
            clusterName: cluster.name,
            nodegroupName: cluster.nodegroup,
            scalingConfig: {
              minSize: scaling.minimum,
              maxSize: scaling.maximum,
              desiredSize: scaling.desired,
            },
            clientRequestToken: token,
          }),
        );
        if (!update?.id) throw new UnansweredError(`EKS in ${code} took the change but named no update`);
        return { updateId: update.id };
      }),
    nodeGroupUpdateStatus: (code, updateId) =>
      answered(`EKS DescribeUpdate in ${code}`, async () => {
        const { cluster } = regionOf(code);
        const { update } = await clients
          .eks(code)
          .send(
            new DescribeUpdateCommand({ name: cluster.name, nodegroupName: cluster.nodegroup, updateId }),
          );
        return update?.status ?? 'Unknown';
      }),
    countReadyNodes: (code) =>
      answered(`The Kubernetes API of ${code}`, async () => (await clusterOf(code).countReadyNodes()).ready),
    measureTraffic: (window) =>
      Promise.all(
        estate.regions.map((region) =>
          measureRegion(clients, region, {
            ...window,
            periodSeconds: estate.metrics.periodSeconds,
            signal: AbortSignal.timeout(MEASURE_MS),
          }).catch((error: unknown) => ({ ...nothingMeasured(region.code), error: errorSentence(error) })),
        ),
      ),
    close() {
      clients.destroy();
      changing.destroy();
    },
  };
}

async function readNodeGroup(clients: AwsClients, { code, cluster }: Region): Promise<NodeGroupState> {
  const { nodegroup } = await clients
    .eks(code)
    .send(new DescribeNodegroupCommand({ clusterName: cluster.name, nodegroupName: cluster.nodegroup }));
  const { minSize, maxSize, desiredSize } = nodegroup?.scalingConfig ?? {};
  if (minSize === undefined || maxSize === undefined || desiredSize === undefined) {
    throw new UnansweredError(`EKS in ${code} names no scaling of node group ${cluster.nodegroup}`);
  }
  return { minimum: minSize, maximum: maxSize, desired: desiredSize, status: nodegroup?.status ?? 'UNKNOWN' };
}
