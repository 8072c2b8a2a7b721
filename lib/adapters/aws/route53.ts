import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandOutput,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { UnansweredError, type WeightedRecord } from '../../ports/aws.ts';
import type { AwsClients } from './clients.ts';

/** Every record set of the zone, all pages. */
export async function listRecordSets(clients: AwsClients, zoneId: string): Promise<ResourceRecordSet[]> {
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

export async function upsertWeightedRecords(
  clients: AwsClients,
  zoneId: string,
  records: readonly WeightedRecord[],
  comment: string,
): Promise<{ changeId: string; status: string }> {
  const { ChangeInfo } = await clients.route53().send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: {
        Comment: comment.slice(0, 256),
        Changes: records.map((record) => ({
          Action: 'UPSERT',
          ResourceRecordSet: {
            Name: record.name,
            Type: record.type,
            SetIdentifier: record.setIdentifier,
            Weight: record.weight,
            AliasTarget: {
              HostedZoneId: record.alias.hostedZoneId,
              DNSName: record.alias.dnsName,
              EvaluateTargetHealth: record.alias.evaluateTargetHealth,
            },
            ...(record.healthCheckId ? { HealthCheckId: record.healthCheckId } : {}),
          },
        })),
      },
    }),
  );
  if (!ChangeInfo?.Id) throw new UnansweredError('Route 53 took the change but named no change id');
  return { changeId: ChangeInfo.Id.replace('/change/', ''), status: ChangeInfo.Status ?? 'PENDING' };
}

export async function readChangeStatus(clients: AwsClients, changeId: string): Promise<'PENDING' | 'INSYNC'> {
  const { ChangeInfo } = await clients.route53().send(new GetChangeCommand({ Id: changeId }));
  return ChangeInfo?.Status === 'INSYNC' ? 'INSYNC' : 'PENDING';
}
