import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandOutput,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { type AwsPort, UnansweredError, type WeightedRecord } from '../../ports/aws.ts';
import { changeBatch } from '../../ports/record-changes.ts';
import { type AwsClients, GLOBAL_REGION } from './clients.ts';
import type { CallOptions, PortContext } from './port-context.ts';

export function recordCalls(
  context: PortContext,
): Pick<AwsPort, 'listWeightedRecords' | 'changeWeightedRecords' | 'changeStatus'> {
  const { zoneId } = context.estate.dns;
  return {
    listWeightedRecords: (names) =>
      context.read('Route 53 ListResourceRecordSets', async (options) => {
        const records = toWeightedRecords(await listRecordSets(context.reading, zoneId, options));
        return records.filter((found) => names.includes(found.name));
      }),
    changeWeightedRecords: (records, comment) =>
      context.change('Route 53 ChangeResourceRecordSets', GLOBAL_REGION, (options) =>
        upsertWeightedRecords(context.changing, { zoneId, records, comment }, options),
      ),
    changeStatus: (changeId) =>
      context.read('Route 53 GetChange', (options) => readChangeStatus(context.reading, changeId, options)),
  };
}

/** Every record set of the zone, all pages. */
export async function listRecordSets(
  clients: AwsClients,
  zoneId: string,
  options?: CallOptions,
): Promise<ResourceRecordSet[]> {
  const sets: ResourceRecordSet[] = [];
  let page: ListResourceRecordSetsCommandOutput | undefined;
  do {
    page = await clients.route53().send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        StartRecordName: page?.NextRecordName,
        StartRecordType: page?.NextRecordType,
        StartRecordIdentifier: page?.NextRecordIdentifier,
      }),
      options,
    );
    sets.push(...(page.ResourceRecordSets ?? []));
  } while (page.IsTruncated);
  return sets;
}

/** The weighted alias records among them; Route 53 writes names with a trailing dot, we without. */
export function toWeightedRecords(sets: readonly ResourceRecordSet[]): WeightedRecord[] {
  return sets.flatMap((set) => {
    if (set.Weight === undefined || !set.SetIdentifier || !set.AliasTarget || !set.Name) return [];
    if (set.Type !== 'A' && set.Type !== 'AAAA') return [];
    return [
      {
        name: set.Name.toLowerCase().replace(/\.$/, ''),
        type: set.Type,
        setIdentifier: set.SetIdentifier,
        weight: set.Weight,
        alias: {
          hostedZoneId: set.AliasTarget.HostedZoneId ?? '',
          dnsName: set.AliasTarget.DNSName ?? '',
          evaluateTargetHealth: set.AliasTarget.EvaluateTargetHealth ?? false,
        },
        healthCheckId: set.HealthCheckId ?? null,
      },
    ];
  });
}

async function upsertWeightedRecords(
  clients: AwsClients,
  { zoneId, records, comment }: { zoneId: string; records: readonly WeightedRecord[]; comment: string },
  options: CallOptions,
): Promise<{ changeId: string; status: string }> {
  const { ChangeInfo } = await clients.route53().send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: changeBatch(records, comment),
    }),
    options,
  );
  if (!ChangeInfo?.Id) throw new UnansweredError('Route 53 took the change but named no change id');
  return { changeId: ChangeInfo.Id.replace('/change/', ''), status: ChangeInfo.Status ?? 'PENDING' };
}

async function readChangeStatus(
  clients: AwsClients,
  changeId: string,
  options: CallOptions,
): Promise<'PENDING' | 'INSYNC'> {
  const { ChangeInfo } = await clients.route53().send(new GetChangeCommand({ Id: changeId }), options);
  return ChangeInfo?.Status === 'INSYNC' ? 'INSYNC' : 'PENDING';
}
