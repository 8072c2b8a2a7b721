import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { askLab } from '../../lab/cli/door.ts';
import type { LabDescription } from '../../lab/description.ts';
import type { LoadReport } from '../../lab/load/report.ts';
import type { VersionServed } from '../../lab/load/tally.ts';
import { readDescription } from '../../lab/run.ts';
import { addressesFor } from './dns.ts';
import { product } from './product.ts';

export type RegionCode = 'us-east-1' | 'eu-west-1' | 'ap-southeast-1';
export type Geography = 'na' | 'eu' | 'ap' | 'any';

const HOME: Record<Geography, RegionCode> = {
  na: 'us-east-1',
  eu: 'eu-west-1',
  ap: 'ap-southeast-1',
  any: 'us-east-1',
};
/** Weights of a geography's set sum to this. */
const WEIGHT_SUM = 200;

function description(): LabDescription {
  const lab = readDescription(product.dataDir);
  if (!lab) throw new Error(`No lab runs on ${product.dataDir}.`);
  return lab;
}

let disturbed = false;

async function disturb(route: string, body: Record<string, unknown>): Promise<void> {
  disturbed = true;
  await askLab(description(), route, body);
}

/** Whether a fault was switched on since the last heal. */
export const wasDisturbed = (): boolean => disturbed;

/** The lab's switches, by the door that everyone has. */
export const lab = {
  outage: (region: RegionCode, mode: 'drop' | 'refuse' | 'hang') => disturb('/outage', { region, mode }),
  failShop: (region: RegionCode, errorShare: number) => disturb('/inject', { region, errorShare }),
  /** Nothing gets from one of the two to the other any more. */
  cut: (a: RegionCode, b: RegionCode) => disturb('/cut', { between: [a, b] }),
  /** Only what that version answers there. */
  failVersion: (region: RegionCode, version: string, errorShare: number) =>
    disturb('/inject', { region, version, errorShare }),
  route53: (controlPlane: 'up' | 'down') => disturb('/route53', { controlPlane }),
  async heal(): Promise<void> {
    await askLab(description(), '/heal', {});
    disturbed = false;
  },
  /** The estate as it was when the lab was first started. */
  async reset(): Promise<void> {
    await askLab(description(), '/reset', {});
    disturbed = false;
  },
};

/** What the shoppers themselves saw in the last `seconds`: the share each Region answered, 0–1. */
export async function shoppersShare(region: RegionCode, seconds: number): Promise<number> {
  const response = await fetch(`${description().ledgerUrl}/report?window=${seconds}`);
  const report = (await response.json()) as LoadReport;
  return report.all.shareByRegion[region] ?? 0;
}

/** Which versions answered shoppers since a moment, by Region. */
export async function servedSince(since: Date): Promise<VersionServed[]> {
  const response = await fetch(`${description().ledgerUrl}/versions?since=${since.toISOString()}`);
  return ((await response.json()) as { served: VersionServed[] }).served;
}

async function ordersReport(): Promise<LoadReport['orders']> {
  const response = await fetch(`${description().ledgerUrl}/report`);
  return ((await response.json()) as LoadReport).orders;
}

/** How many of the shoppers' orders were acknowledged so far. */
export async function acknowledgedOrders(): Promise<number> {
  return (await ordersReport()).acknowledged;
}

/** The shoppers' orders that were acknowledged and are gone, by their ids; null while nobody can say. */
export async function missingOrders(): Promise<string[] | null> {
  const { missing, missingOrders: orders } = await ordersReport();
  return missing === null ? null : orders.map(({ orderId }) => orderId).sort();
}

/** The share of `count` DNS answers to people in the United States that name the Region, 0–1. */
export async function dnsShareForAmericans(region: RegionCode, count = 200): Promise<number> {
  const { dns, regions } = description();
  const addresses = await addressesFor({ server: dns, name: dns.originName, subnet: '192.0.2.0', count });
  return addresses.filter((address) => address === regions[region]?.shopAddress).length / count;
}

/** Changes DNS weights behind Meridian's back, as a colleague at the AWS console would. */
export async function changeWeightsByHand(
  geography: Geography,
  weights: Record<RegionCode, number>,
): Promise<void> {
  await withRoute53(async (client, zoneId) => {
    const sets = (await weightedSets(client, zoneId)).filter(({ geography: of }) => of === geography);
    await change(
      client,
      zoneId,
      sets.map(({ set, region }) => ({ ...set, Weight: weights[region] })),
    );
  });
}

/** Puts every weight back to what the estate starts with; true when one differed. */
export async function restoreWeights(): Promise<boolean> {
  return withRoute53(async (client, zoneId) => {
    const wrong = (await weightedSets(client, zoneId))
      .map(({ set, geography, region }) => ({ set, wanted: region === HOME[geography] ? WEIGHT_SUM : 0 }))
      .filter(({ set, wanted }) => set.Weight !== wanted);
    if (wrong.length === 0) return false;
    await change(
      client,
      zoneId,
      wrong.map(({ set, wanted }) => ({ ...set, Weight: wanted })),
    );
    return true;
  });
}

/** What the zone says now: weights by geography and Region. */
export async function liveWeights(): Promise<{ geography: Geography; region: RegionCode; weight: number }[]> {
  return withRoute53(async (client, zoneId) =>
    (await weightedSets(client, zoneId)).map(({ set, geography, region }) => ({
      geography,
      region,
      weight: set.Weight ?? 0,
    })),
  );
}

async function withRoute53<Result>(
  use: (client: Route53Client, zoneId: string) => Promise<Result>,
): Promise<Result> {
  const { gatewayUrl, credentials, dns } = description();
  const client = new Route53Client({ region: 'us-east-1', endpoint: gatewayUrl, credentials });
  try {
    return await use(client, dns.zoneId);
  } finally {
    client.destroy();
  }
}

async function weightedSets(client: Route53Client, zoneId: string) {
  const { originName } = description().dns;
  const { ResourceRecordSets = [] } = await client.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, MaxItems: 300 }),
  );
  return ResourceRecordSets.flatMap((set) => {
    const geography = set.Name?.replace(`.${originName}.`, '');
    return set.Weight === undefined || !isGeography(geography)
      ? []
      : [{ set, geography, region: set.SetIdentifier as RegionCode }];
  });
}

const isGeography = (name: string | undefined): name is Geography => name !== undefined && name in HOME;

async function change(
  client: Route53Client,
  zoneId: string,
  sets: readonly ResourceRecordSet[],
): Promise<void> {
  await client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: { Changes: sets.map((set) => ({ Action: 'UPSERT', ResourceRecordSet: set })) },
    }),
  );
}
