import { AwsFault } from '#lab/wire/service.ts';

const LONGEST = 63;
const IDENTIFIER = /^[a-zA-Z][a-zA-Z0-9-]*$/;

/** The identifier in lower case, as RDS stores it. Throws InvalidParameterValue in RDS' words when it is none. */
export function readIdentifier(parameter: string, value: string | undefined, longest = LONGEST): string {
  if (!value) throw missing(parameter);
  const valid =
    value.length <= longest && IDENTIFIER.test(value) && !value.endsWith('-') && !value.includes('--');
  if (!valid) {
    throw new AwsFault(
      'InvalidParameterValue',
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
  }
  return value.toLowerCase();
}

export function missing(parameter: string): AwsFault {
  return new AwsFault('MissingParameter', `The request must contain the parameter ${parameter}.`);
}

export type ResourceKind = 'db' | 'pg' | 'snapshot' | 'subgrp';

export interface RdsArn {
  region: string;
  account: string;
  kind: ResourceKind;
  name: string;
}

export function writeArn({ region, account, kind, name }: RdsArn): string {
  return `arn:aws:rds:${region}:${account}:${kind}:${name}`;
}

const ARN = /^arn:aws:rds:([a-z0-9-]+):(\d{12}):(db|pg|snapshot|subgrp):([a-zA-Z0-9.:-]+)$/;

/** The parts of an RDS ARN, or undefined when it is none. */
export function parseArn(text: string): RdsArn | undefined {
  const [, region, account, kind, name] = ARN.exec(text) ?? [];
  if (!region || !account || !name || !isKind(kind)) return undefined;
  return { region, account, kind, name: name.toLowerCase() };
}

function isKind(text: string | undefined): text is ResourceKind {
  return text === 'db' || text === 'pg' || text === 'snapshot' || text === 'subgrp';
}
