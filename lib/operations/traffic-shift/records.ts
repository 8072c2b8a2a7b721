import type { Estate } from '#lib/domain/estate/estate.ts';
import type { AwsPort, WeightedRecord } from '../../ports/aws.ts';
import type { RecordWeights } from './input.ts';

/** Name of the weighted set that serves a geography (aws-facts C-21). */
export function setName(estate: Estate, geography: string): string {
  return `${geography}.${estate.dns.originName}`;
}

/** The live records of these geographies' sets. */
export function readSets(
  aws: AwsPort,
  estate: Estate,
  geographies: readonly string[],
): Promise<WeightedRecord[]> {
  return aws.listWeightedRecords(geographies.map((geography) => setName(estate, geography)));
}

/** Their integer weights, by geography and Region. */
export function weightsOf(
  estate: Estate,
  geographies: readonly string[],
  records: readonly WeightedRecord[],
): RecordWeights {
  return Object.fromEntries(
    geographies.map((geography) => [
      geography,
      Object.fromEntries(
        records
          .filter((record) => record.name === setName(estate, geography))
          .map((record) => [record.setIdentifier, record.weight]),
      ),
    ]),
  );
}

/** The same records with other weights: only the weight changes, alias and health check stay as they are. */
export function withWeights(
  estate: Estate,
  records: readonly WeightedRecord[],
  weights: RecordWeights,
): WeightedRecord[] {
  return Object.entries(weights).flatMap(([geography, row]) =>
    Object.entries(row).map(([region, weight]) => {
      const record = records.find(
        (candidate) => candidate.name === setName(estate, geography) && candidate.setIdentifier === region,
      );
      if (!record) {
        throw new Error(
          `The zone has no record ${setName(estate, geography)} with SetIdentifier ${region}. Someone removed it; restore it, then ask again.`,
        );
      }
      return { ...record, weight };
    }),
  );
}

/** Where the two differ, in words: "na: us-east-1 160 is 200". Absent Regions count as 0. */
export function differences(expected: RecordWeights, found: RecordWeights): string[] {
  return Object.entries(expected).flatMap(([geography, row]) =>
    Object.keys({ ...row, ...found[geography] })
      .filter((region) => (row[region] ?? 0) !== (found[geography]?.[region] ?? 0))
      .map(
        (region) =>
          `${geography}: ${region} should be ${row[region] ?? 0} and is ${found[geography]?.[region] ?? 0}`,
      ),
  );
}

/** The command a person would type for this change. */
export function changeCommand(estate: Estate, records: readonly WeightedRecord[], comment: string): string {
  const batch = {
    Comment: comment,
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
  };
  return `aws route53 change-resource-record-sets --region us-east-1 --hosted-zone-id ${estate.dns.zoneId} --change-batch '${JSON.stringify(batch)}'`;
}
