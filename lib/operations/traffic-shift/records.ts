import type { Estate } from '#lib/domain/estate/estate.ts';
import type { RecordTargets, WeightedTarget } from '#lib/domain/observation/kinds.ts';
import { weightedSetName } from '#lib/domain/traffic/weights.ts';
import type { AwsPort, WeightedRecord } from '../../ports/aws.ts';
import type { RecordWeights } from './input.ts';

export function setName({ dns }: Estate, geography: string): string {
  return weightedSetName(dns, geography);
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

/** The same records without their weights, by geography and Region; A before AAAA. */
export function targetsOf(
  estate: Estate,
  geographies: readonly string[],
  records: readonly WeightedRecord[],
): RecordTargets {
  const targets: RecordTargets = {};
  for (const geography of geographies) {
    const row: Record<string, WeightedTarget[]> = {};
    for (const { name, setIdentifier, type, alias, healthCheckId } of records) {
      if (name !== setName(estate, geography)) continue;
      row[setIdentifier] = [...(row[setIdentifier] ?? []), { type, alias, healthCheckId }];
    }
    for (const entries of Object.values(row)) entries.sort((a, b) => a.type.localeCompare(b.type));
    targets[geography] = row;
  }
  return targets;
}

/**
 * Where the two differ, in words: "na: A record of us-east-1 should lead to lb-1 and leads to lb-2". Only geographies that
 * are expected count.
 */
export function targetDifferences(expected: RecordTargets, found: RecordTargets): string[] {
  return Object.entries(expected).flatMap(([geography, row]) =>
    Object.keys({ ...row, ...found[geography] }).flatMap((region) => {
      const before = row[region] ?? [];
      const after = found[geography]?.[region] ?? [];
      const types = new Set([...before, ...after].map(({ type }) => type));
      return [...types].flatMap((type) => {
        const ofType = (entries: readonly WeightedTarget[]) => entries.find((entry) => entry.type === type);
        return targetDifference(ofType(before), ofType(after)).map(
          (words) => `${geography}: ${type} record of ${region} ${words}`,
        );
      });
    }),
  );
}

function targetDifference(before: WeightedTarget | undefined, after: WeightedTarget | undefined): string[] {
  if (!after) return ['is gone'];
  if (!before) return ['is new'];
  const words: string[] = [];
  const lead = ({ alias }: WeightedTarget) => `${alias.dnsName} in zone ${alias.hostedZoneId}`;
  if (lead(before) !== lead(after)) words.push(`should lead to ${lead(before)} and leads to ${lead(after)}`);
  if (before.alias.evaluateTargetHealth !== after.alias.evaluateTargetHealth) {
    const [should, does] = before.alias.evaluateTargetHealth ? ['', 'does not'] : ['not ', 'does'];
    words.push(`should ${should}evaluate its target’s health and ${does}`);
  }
  if (before.healthCheckId !== after.healthCheckId) {
    words.push(
      `should have health check ${before.healthCheckId ?? 'none'} and has ${after.healthCheckId ?? 'none'}`,
    );
  }
  return words;
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
