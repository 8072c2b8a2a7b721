import type { Random } from '#lab/kernel/random.ts';

/** Where a resolver or client subnet is, as far as the lab's table knows. */
export interface Location {
  /** ISO country code. */
  country: string;
  /** Route 53's continent code: the Middle East is in AS. */
  continent: Continent;
  latitude: number;
  longitude: number;
}

export type Continent = 'AF' | 'AN' | 'AS' | 'EU' | 'NA' | 'OC' | 'SA';

/** A point of each country, for latency routing: its largest city. */
const COUNTRIES = {
  AE: { continent: 'AS', latitude: 25.2, longitude: 55.3 },
  AR: { continent: 'SA', latitude: -34.6, longitude: -58.4 },
  AU: { continent: 'OC', latitude: -33.9, longitude: 151.2 },
  BR: { continent: 'SA', latitude: -23.5, longitude: -46.6 },
  CA: { continent: 'NA', latitude: 43.7, longitude: -79.4 },
  CL: { continent: 'SA', latitude: -33.4, longitude: -70.7 },
  DE: { continent: 'EU', latitude: 50.1, longitude: 8.7 },
  EG: { continent: 'AF', latitude: 30.0, longitude: 31.2 },
  ES: { continent: 'EU', latitude: 40.4, longitude: -3.7 },
  FR: { continent: 'EU', latitude: 48.9, longitude: 2.4 },
  GB: { continent: 'EU', latitude: 51.5, longitude: -0.1 },
  ID: { continent: 'AS', latitude: -6.2, longitude: 106.8 },
  IE: { continent: 'EU', latitude: 53.3, longitude: -6.3 },
  IL: { continent: 'AS', latitude: 32.1, longitude: 34.8 },
  IN: { continent: 'AS', latitude: 19.1, longitude: 72.9 },
  IT: { continent: 'EU', latitude: 45.5, longitude: 9.2 },
  JP: { continent: 'AS', latitude: 35.7, longitude: 139.7 },
  KE: { continent: 'AF', latitude: -1.3, longitude: 36.8 },
  KR: { continent: 'AS', latitude: 37.6, longitude: 127.0 },
  MX: { continent: 'NA', latitude: 19.4, longitude: -99.1 },
  NG: { continent: 'AF', latitude: 6.5, longitude: 3.4 },
  NL: { continent: 'EU', latitude: 52.4, longitude: 4.9 },
  NZ: { continent: 'OC', latitude: -36.8, longitude: 174.8 },
  PL: { continent: 'EU', latitude: 52.2, longitude: 21.0 },
  SA: { continent: 'AS', latitude: 24.7, longitude: 46.7 },
  SE: { continent: 'EU', latitude: 59.3, longitude: 18.1 },
  SG: { continent: 'AS', latitude: 1.35, longitude: 103.8 },
  US: { continent: 'NA', latitude: 40.7, longitude: -74.0 },
  ZA: { continent: 'AF', latitude: -26.2, longitude: 28.0 },
} satisfies Record<string, { continent: Continent; latitude: number; longitude: number }>;
type Country = keyof typeof COUNTRIES;

/** The documentation networks of RFC 5737, for people trying `dig +subnet`. */
const DOCUMENTATION_NETS: Record<string, Country> = {
  '192.0.2': 'US',
  '198.51.100': 'SG',
  '203.0.113': 'IE',
};

const SIXTEENS_PER_BLOCK = 64;

/**
 * The shoppers' networks: one /10 of 10.0.0.0/8 for each geography of the estate, its /16s dealt to countries in this order.
 * 16,384 distinct /24s each.
 */
const SHOPPER_BLOCKS: { geography: string; firstOctet: number; countries: Country[] }[] = [
  { geography: 'any', firstOctet: 0, countries: ['BR', 'BR', 'AR', 'BR', 'CL', 'BR'] },
  { geography: 'na', firstOctet: 64, countries: ['US', 'US', 'CA', 'US', 'US', 'MX', 'US', 'CA'] },
  {
    geography: 'eu',
    firstOctet: 128,
    countries: [
      'GB',
      'DE',
      'FR',
      'AE',
      'IE',
      'PL',
      'NG',
      'IT',
      'ES',
      'ZA',
      'NL',
      'SA',
      'SE',
      'EG',
      'IL',
      'KE',
    ],
  },
  { geography: 'ap', firstOctet: 192, countries: ['SG', 'JP', 'IN', 'AU', 'KR', 'IN', 'ID', 'NZ'] },
];

/** Where the lab's table puts an IPv4 address; undefined for every other address, loopback and IPv6 included. */
export function locate(ip: string): Location | undefined {
  const country = countryOf(ip);
  return country && { country, ...COUNTRIES[country] };
}

function countryOf(ip: string): Country | undefined {
  const octets = ip.split('.').map(Number);
  const [first, second] = octets;
  if (octets.length !== 4 || first === undefined || second === undefined) return undefined;
  if (first !== 10) return DOCUMENTATION_NETS[octets.slice(0, 3).join('.')];
  const block = SHOPPER_BLOCKS.find(
    (candidate) => Math.floor(second / SIXTEENS_PER_BLOCK) * SIXTEENS_PER_BLOCK === candidate.firstOctet,
  );
  return block?.countries[(second - block.firstOctet) % block.countries.length];
}

/** A /24 such as `10.70.12.0/24` whose users belong to the geography (`na`, `eu`, `ap`, `any`). Throws for another key. */
export function randomSubnet(geographyKey: string, random: Random): string {
  const block = SHOPPER_BLOCKS.find((candidate) => candidate.geography === geographyKey);
  if (!block) {
    const known = SHOPPER_BLOCKS.map((candidate) => candidate.geography).join(', ');
    throw new Error(
      `The lab has no networks for geography "${geographyKey}"; it has ${known}. Add a block to lab/dns/geo.ts.`,
    );
  }
  const second = block.firstOctet + Math.floor(random() * SIXTEENS_PER_BLOCK);
  return `10.${second}.${Math.floor(random() * 256)}.0/24`;
}
