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

/**
 * Their integer weights, by geography and Region. Throws where the records of one Region disagree (A and AAAA): there is
 * then no one weight to speak of.
 */
export function weightsOf(
  estate: Estate,
  geographies: readonly string[],
  records: readonly WeightedRecord[],
): RecordWeights {
  const weights: RecordWeights = {};
  for (const geography of geographies) {
    const row: Record<string, number> = {};
    for (const { name, setIdentifier, weight } of records) {
      if (name !== setName(estate, geography)) continue;
      const other = row[setIdentifier];
      if (other !== undefined && other !== weight) {
        throw new Error(
          `The A and AAAA records of ${name} with SetIdentifier ${setIdentifier} have different weights, ${other} and ${weight}. Make them equal, then ask again.`,
        );
      }
      row[setIdentifier] = weight;
    }
    weights[geography] = row;
  }
  return weights;
}

/** The same records with other weights: only the weight changes, of A and AAAA alike; alias and health check stay. */
export function withWeights(
  estate: Estate,
  records: readonly WeightedRecord[],
  weights: RecordWeights,
): WeightedRecord[] {
  return Object.entries(weights).flatMap(([geography, row]) =>
    Object.entries(row).flatMap(([region, weight]) => {
      const name = setName(estate, geography);
      const found = records.filter((record) => record.name === name && record.setIdentifier === region);
      if (found.length === 0) {
        throw new Error(
          `The zone has no record ${name} with SetIdentifier ${region}. Someone removed it; restore it, then ask again.`,
        );
      }
      return found.map((record) => ({ ...record, weight }));
    }),
  );
}

/** Where the two differ, in words: "na: us-east-1 should be 160 and is 200". Absent Regions count as 0. */
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
