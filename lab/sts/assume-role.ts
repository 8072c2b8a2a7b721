import { AwsFault } from '#lab/wire/service.ts';

/** What AssumeRole asks for, checked as STS checks it. */
export interface RoleRequest {
  roleArn: string;
  roleName: string;
  sessionName: string;
  durationSeconds: number;
  sourceIdentity: string | undefined;
}

interface RawRequest {
  RoleArn?: string;
  RoleSessionName?: string;
  DurationSeconds?: number;
  SourceIdentity?: string;
  Tags?: { Key?: string; Value?: string }[];
  TransitiveTagKeys?: string[];
}

const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/(?:[\u0021-\u007e]*\/)?([\w+=,.@-]{1,64})$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const SHORTEST_SECONDS = 900;
const LONGEST_SECONDS = 43_200;
/** A session of a role may not take another role for longer than this (role chaining). */
const CHAINED_SECONDS = 3600;
const DEFAULT_SECONDS = 3600;
const MOST_TAGS = 50;

/** Reads the request or throws STS's ValidationError; `chained`: the caller is a role's session itself. */
export function readRoleRequest(input: RawRequest, account: string, chained: boolean): RoleRequest {
  const [, owner, roleName] = ROLE_ARN.exec(input.RoleArn ?? '') ?? [];
  if (!input.RoleArn || !owner || !roleName)
    throw invalid('roleArn', input.RoleArn, 'an ARN such as arn:aws:iam::123456789012:role/name');
  if (!SESSION_NAME.test(input.RoleSessionName ?? ''))
    throw invalid('roleSessionName', input.RoleSessionName, '[\\w+=,.@-]{2,64}');
  if (input.SourceIdentity !== undefined && !SESSION_NAME.test(input.SourceIdentity)) {
    throw invalid('sourceIdentity', input.SourceIdentity, '[\\w+=,.@-]{2,64}');
  }
  checkTags(input.Tags ?? [], input.TransitiveTagKeys ?? []);
  if (owner !== account) {
    throw new AwsFault(
      'AccessDenied',
      `User is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
      { status: 403 },
    );
  }
  return {
    roleName,
    roleArn: input.RoleArn,
    sessionName: input.RoleSessionName ?? '',
    durationSeconds: readDuration(input.DurationSeconds ?? DEFAULT_SECONDS, chained),
    sourceIdentity: input.SourceIdentity,
  };
}

function readDuration(seconds: number, chained: boolean): number {
  if (!Number.isInteger(seconds) || seconds < SHORTEST_SECONDS || seconds > LONGEST_SECONDS) {
    throw invalid('durationSeconds', seconds, `between ${SHORTEST_SECONDS} and ${LONGEST_SECONDS}`);
  }
  if (chained && seconds > CHAINED_SECONDS) {
    throw new AwsFault(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  return seconds;
}

function checkTags(tags: NonNullable<RawRequest['Tags']>, transitive: string[]): void {
  if (tags.length > MOST_TAGS) throw invalid('tags', tags.length, `at most ${MOST_TAGS} tags`);
  const seen = new Set<string>();
  for (const { Key: key = '', Value: value = '' } of tags) {
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key))
      throw invalid('tags.key', key, '1 to 128 letters, digits or _.:/=+-@');
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value))
      throw invalid('tags.value', value, '0 to 256 letters, digits or _.:/=+-@');
    if (seen.has(key.toLowerCase())) {
      throw new AwsFault(
        'InvalidParameterValue',
        `Duplicate tag keys found. Please note that Tag keys are case insensitive: ${key}`,
      );
    }
    seen.add(key.toLowerCase());
  }
  const foreign = transitive.find((key) => !seen.has(key.toLowerCase()));
  if (foreign !== undefined) {
    throw new AwsFault(
      'InvalidParameterValue',
      `The specified transitive tag key must be included in the requested tags: ${foreign}`,
    );
  }
}

function invalid(field: string, value: unknown, rule: string): AwsFault {
  const shown = value === undefined ? 'null' : `'${String(value).slice(0, 100)}'`;
  return new AwsFault(
    'ValidationError',
    `1 validation error detected: Value ${shown} at '${field}' failed to satisfy constraint: ${rule}`,
  );
}
