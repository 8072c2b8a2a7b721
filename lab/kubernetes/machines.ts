import { createHash } from 'node:crypto';
import type { Region } from '#lib/domain/estate/estate.ts';
import type { NodeIdentity } from './nodes.ts';

/** Availability zones of a Region in which the lab places things. */
export const zonesOf = (region: string) => ['a', 'b', 'c'].map((letter) => `${region}${letter}`);

/** First two octets of the Region's VPC. */
export const networkPrefix = (region: Region) => region.vpcCidr.split('.').slice(0, 2).join('.');

/** The `serial`th machine of a Region's node group: the same serial is the same machine. Spread over the zones' private subnets. */
export function nodeIdentity(region: Region, serial: number): NodeIdentity {
  const zones = zonesOf(region.code);
  const zoneIndex = serial % zones.length;
  const host = 10 + (Math.floor(serial / zones.length) % 240);
  const address = `${networkPrefix(region)}.${10 + zoneIndex}.${host}`;
  const suffix = region.code === 'us-east-1' ? 'ec2.internal' : `${region.code}.compute.internal`;
  const digest = createHash('sha256').update(`${region.code}/${serial}`).digest('hex');
  return {
    name: `ip-${address.replaceAll('.', '-')}.${suffix}`,
    instanceId: `i-0${digest.slice(0, 16)}`,
    address,
    zone: zones[zoneIndex] ?? `${region.code}a`,
  };
}
