import { type Estate, findRegion, type Region } from '#lib/domain/estate/estate.ts';
import { literal, quoted, word } from './shell.ts';

/** Groups of that name in the Region's VPC. */
export function securityGroupCommand({ code, vpcId }: Pick<Region, 'code' | 'vpcId'>, name: string): string {
  const filters = `${word(`Name=vpc-id,Values=${vpcId}`)} ${word(`Name=tag:Name,Values=${name}`)}`;
  return `aws ec2 describe-security-groups --region ${word(code)} --filters ${filters}`;
}

export function listPeeringsCommand(region: string): string {
  return `aws ec2 describe-vpc-peering-connections --region ${word(region)}`;
}

export function peeringCommand(estate: Estate, from: string, to: string): string {
  const vpc = (code: string) => word(findRegion(estate, code)?.vpcId ?? code);
  const tags = `ResourceType=vpc-peering-connection,Tags=[{Key=Name,Value=${estate.estate}-${from}-${to}}]`;
  return `aws ec2 create-vpc-peering-connection --region ${word(from)} --vpc-id ${vpc(from)} --peer-vpc-id ${vpc(to)} --peer-region ${word(to)} --peer-owner-id ${word(estate.account)} --tag-specifications ${quoted(tags)}`;
}

export function acceptCommand(region: string, peeringId: string): string {
  return `aws ec2 accept-vpc-peering-connection --region ${word(region)} --vpc-peering-connection-id ${word(peeringId)}`;
}

/** A route to the other network in every table of the VPC that leads to no internet gateway. */
export function routeCommand(estate: Estate, region: string, to: string, peeringId: string): string {
  const vpcId = findRegion(estate, region)?.vpcId ?? region;
  const cidr = findRegion(estate, to)?.vpcCidr ?? to;
  const isPublic = `Routes[?starts_with(GatewayId || ${literal('')}, ${literal('igw-')})]`;
  const query = `RouteTables[?length(${isPublic}) == \`0\`].RouteTableId`;
  const tables = `aws ec2 describe-route-tables --region ${word(region)} --filters ${word(`Name=vpc-id,Values=${vpcId}`)} --query ${quoted(query)} --output text`;
  return `for table in $(${tables}); do aws ec2 create-route --region ${word(region)} --route-table-id "$table" --destination-cidr-block ${word(cidr)} --vpc-peering-connection-id ${word(peeringId)}; done`;
}
