import type { VPC } from '@aws-sdk/client-route-53';
import type { Random } from '#lab/kernel/random.ts';
import type { RecordSet } from './record-set.ts';
import type { StoredZone } from './zone-store.ts';

const NS_TTL = 172_800;
const SOA_TTL = 900;
const NAME_SERVER_DOMAINS = ['com', 'net', 'org', 'co.uk'];

/** A zone with the NS and SOA records that Route 53 puts into every new one. */
export function newZone(settings: {
  id: string;
  /** Canonical. */
  name: string;
  callerReference: string;
  comment: string | undefined;
  vpcs: VPC[];
  random: Random;
}): StoredZone {
  const { random, ...zone } = settings;
  const nameServers = NAME_SERVER_DOMAINS.map((domain, i) => {
    const number = i * 512 + Math.floor(random() * 512);
    return `ns-${number}.awsdns-${String(number % 64).padStart(2, '0')}.${domain}`;
  });
  return {
    ...zone,
    nameServers,
    acceleratedRecovery: undefined,
    records: apexRecords(zone.name, nameServers),
  };
}

function apexRecords(name: string, nameServers: string[]): RecordSet[] {
  const soa = `${nameServers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
  return [
    {
      name,
      type: 'NS',
      routing: { policy: 'simple' },
      data: { kind: 'values', ttl: NS_TTL, values: nameServers.map((server) => `${server}.`) },
    },
    {
      name,
      type: 'SOA',
      routing: { policy: 'simple' },
      data: { kind: 'values', ttl: SOA_TTL, values: [soa] },
    },
  ];
}
