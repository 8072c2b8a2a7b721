import { type Estate, findRegion, switchBucketOf } from '#lib/domain/estate/estate.ts';
import type { WeightedRecord } from '../../ports/aws.ts';
import { changeBatch } from '../../ports/record-changes.ts';
import { json, literal, quoted, word } from './shell.ts';

/** Route 53's control plane answers from there alone (aws-facts B-24). */
const ROUTE53 = 'aws route53';
const REGION = '--region us-east-1';

/** Every record of these names; Route 53 writes names with a dot at the end. */
export function listRecordsCommand({ dns }: Estate, names: readonly string[]): string {
  const wanted = `[${names.map((name) => literal(`${name}.`)).join(', ')}]`;
  const query = `ResourceRecordSets[?contains(${wanted}, Name)]`;
  return `${ROUTE53} list-resource-record-sets ${REGION} --hosted-zone-id ${word(dns.zoneId)} --query ${quoted(query)}`;
}

/** Upserts the records in one batch. */
export function changeCommand({ dns }: Estate, records: readonly WeightedRecord[], comment: string): string {
  return `${ROUTE53} change-resource-record-sets ${REGION} --hosted-zone-id ${word(dns.zoneId)} --change-batch ${json(changeBatch(records, comment))}`;
}

export function changeStatusCommand(changeId: string): string {
  return `${ROUTE53} get-change ${REGION} --id ${word(changeId)}`;
}

export const LIST_HEALTH_CHECKS = `${ROUTE53} list-health-checks ${REGION}`;

function createCheckCommand(callerReference: string, config: Record<string, unknown>): string {
  return `${ROUTE53} create-health-check ${REGION} --caller-reference ${word(callerReference)} --health-check-config ${json(config)}`;
}

/** An inverted check: the word in the object makes it unhealthy. */
export function switchCheckCommand(
  estate: Estate,
  { inRegion, region, callerReference }: { inRegion: string; region: string; callerReference: string },
): string {
  const peer = findRegion(estate, inRegion);
  const bucket = peer ? switchBucketOf(estate, peer) : inRegion;
  return createCheckCommand(callerReference, {
    Type: 'HTTP_STR_MATCH',
    Port: 80,
    FullyQualifiedDomainName: `${bucket}.s3.${inRegion}.amazonaws.com`,
    ResourcePath: `/serve/${region}`,
    SearchString: 'off',
    Inverted: true,
    RequestInterval: 10,
    FailureThreshold: 1,
  });
}

export function calculatedCheckCommand(request: {
  children: readonly string[];
  healthThreshold: number;
  callerReference: string;
}): string {
  return createCheckCommand(request.callerReference, {
    Type: 'CALCULATED',
    ChildHealthChecks: request.children,
    HealthThreshold: request.healthThreshold,
  });
}
