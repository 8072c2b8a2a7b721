import { AwsFault } from '#lab/wire/service.ts';

export const invalidValue = (message: string) => new AwsFault('InvalidParameterValue', message);

export const missing = (name: string) =>
  new AwsFault('MissingParameter', `The request must contain the parameter ${name}`);

export const badCidr = (cidr: string) =>
  invalidValue(`Value (${cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`);

/** `DryRun` was asked and the call would have been done. */
export const dryRun = () =>
  new AwsFault('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 });

/** An EC2 resource type as its errors name it. */
export interface Kind {
  /** `vpc`, as in `vpc-0a…`. */
  prefix: string;
  /** `InvalidVpcID`, followed by `.NotFound` or `.Malformed`. */
  error: string;
  /** `vpc ID`, as in "The vpc ID 'vpc-1' does not exist". */
  noun: string;
}

export const VPC: Kind = { prefix: 'vpc', error: 'InvalidVpcID', noun: 'vpc ID' };
export const SUBNET: Kind = { prefix: 'subnet', error: 'InvalidSubnetID', noun: 'subnet ID' };
export const ROUTE_TABLE: Kind = { prefix: 'rtb', error: 'InvalidRouteTableID', noun: 'routeTable ID' };
export const NETWORK_ACL: Kind = { prefix: 'acl', error: 'InvalidNetworkAclID', noun: 'networkAcl ID' };
export const PEERING: Kind = {
  prefix: 'pcx',
  error: 'InvalidVpcPeeringConnectionID',
  noun: 'vpcPeeringConnection ID',
};
export const SECURITY_GROUP: Kind = { prefix: 'sg', error: 'InvalidGroup', noun: 'security group' };
export const RULE: Kind = {
  prefix: 'sgr',
  error: 'InvalidSecurityGroupRuleId',
  noun: 'security group rule ID',
};

export const notFound = (kind: Kind, id: string) =>
  new AwsFault(`${kind.error}.NotFound`, `The ${kind.noun} '${id}' does not exist`);

export function expectId(kind: Kind, id: string) {
  if (new RegExp(`^${kind.prefix}-([0-9a-f]{8}|[0-9a-f]{16,17})$`).test(id)) return;
  throw new AwsFault(`${kind.error}.Malformed`, `Invalid id: "${id}" (expecting "${kind.prefix}-...")`);
}
