import type { NameRegistry } from '#lab/kernel/names.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Alias } from './record-set.ts';

/** Hosted zone ids of Elastic Load Balancing by Region (AWS General Reference, "Elastic Load Balancing endpoints and quotas"). */
const LOAD_BALANCER_ZONES: Record<string, string> = {
  'ap-northeast-1': 'Z14GRHDCWA56QT',
  'ap-south-1': 'ZP97RAFLXTNZK',
  'ap-southeast-1': 'Z1LMS91P8CMLE5',
  'ap-southeast-2': 'Z1GM3OXH4ZPM65',
  'ca-central-1': 'ZQSVJUPU6J1EY',
  'eu-central-1': 'Z215JYRZR1TBD5',
  'eu-west-1': 'Z32O12XQLNTSW2',
  'eu-west-2': 'ZHURV8PSTC4K8',
  'eu-west-3': 'Z3Q77PNBQS71R4',
  'sa-east-1': 'Z2P70J7HTTTPLU',
  'us-east-1': 'Z35SXDOTRQ7X7K',
  'us-east-2': 'Z3AADJGX6KTTL2',
  'us-west-1': 'Z368ELLRRE2KJ0',
  'us-west-2': 'Z1H1FL5HABSF5',
};

/** Whether an alias to a name outside the hosted zone points at something. */
export type ExternalTarget = 'found' | 'not-found' | 'not-in-zone';

/** Load balancers of the estate and those that parts of the lab have registered. */
export function externalTargets(estate: Estate, names: NameRegistry): (alias: Alias) => ExternalTarget {
  const ofEstate = new Map(
    estate.regions.map((region) => [`${region.loadBalancer.dnsName.toLowerCase()}.`, region.loadBalancer]),
  );
  return (alias) => {
    const dnsName = alias.dnsName.replace(/^dualstack\./, '');
    const region = /\.([a-z0-9-]+)\.elb\.amazonaws\.com\.$/.exec(dnsName)?.[1];
    const zoneId = ofEstate.get(dnsName)?.hostedZoneId ?? LOAD_BALANCER_ZONES[region ?? ''];
    if (zoneId === undefined || zoneId !== alias.hostedZoneId) return 'not-in-zone';
    return ofEstate.has(dnsName) || names.find(dnsName) ? 'found' : 'not-found';
  };
}
