import type { DBSubnetGroup } from '@aws-sdk/client-rds';
import { type Estate, findRegion } from '#lib/domain/estate/estate.ts';
import { writeArn } from './identifiers.ts';

export const SUBNET_GROUP = 'ecommerce-db';

/** The estate has one subnet group per Region, over three Availability Zones of its VPC. */
export function subnetGroupsIn(estate: Estate, region: string): string[] {
  return findRegion(estate, region) ? [SUBNET_GROUP] : [];
}

export function describeSubnetGroup(estate: Estate, region: string, name: string): DBSubnetGroup {
  const vpc = findRegion(estate, region)?.vpcId ?? '';
  const zones = ['a', 'b', 'c'];
  return {
    DBSubnetGroupName: name,
    DBSubnetGroupDescription: `Databases of ${estate.estate}`,
    VpcId: vpc,
    SubnetGroupStatus: 'Complete',
    Subnets: zones.map((zone, at) => ({
      SubnetIdentifier: `subnet-${vpc.slice(4, -1)}${at + 1}`,
      SubnetAvailabilityZone: { Name: `${region}${zone}` },
      SubnetStatus: 'Active',
    })),
    DBSubnetGroupArn: writeArn({ region, account: estate.account, kind: 'subgrp', name }),
    SupportedNetworkTypes: ['IPV4'],
  };
}
