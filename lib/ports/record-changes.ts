import type { WeightedRecord } from './aws.ts';

/** What Route 53 takes of a comment, characters. */
const COMMENT_LENGTH = 256;

/** Upserts of these records in one batch, as Route 53 is asked for it and as the command that is shown asks for it. */
export function changeBatch(records: readonly WeightedRecord[], comment: string) {
  return {
    Comment: comment.slice(0, COMMENT_LENGTH),
    Changes: records.map((record) => ({
      Action: 'UPSERT' as const,
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
}
