import type { Estate } from '#lib/domain/estate/estate.ts';
import { weightedSetName } from '#lib/domain/traffic/weights.ts';
import { word } from './shell.ts';

/** One question to the zone's own name servers, as a resolver in that geography asks; answers are addresses of load balancers. */
export function digCommand({ dns, geographies }: Estate, geography: string): string {
  const subnet = geographies.find(({ key }) => key === geography)?.probeSubnet;
  const question = subnet
    ? `${word(dns.originName)} A +subnet=${subnet}`
    : `${word(weightedSetName(dns, geography))} A`;
  return `dig +short ${question} "@$(dig +short NS ${word(dns.zoneName)} | head -1)"`;
}
