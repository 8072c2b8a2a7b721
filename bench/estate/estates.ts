import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Estate, parseEstate, type Region } from '#lib/domain/estate/estate.ts';

/** Commercial Regions of AWS with their true places, beside the three of the estate file. */
const MORE_REGIONS: readonly (readonly [code: string, name: string, lat: number, lon: number])[] = [
  ['us-east-2', 'Ohio', 40.0, -83.0],
  ['us-west-1', 'N. California', 37.4, -122.0],
  ['us-west-2', 'Oregon', 45.8, -119.7],
  ['ca-central-1', 'Canada', 45.5, -73.6],
  ['ca-west-1', 'Calgary', 51.0, -114.1],
  ['sa-east-1', 'São Paulo', -23.5, -46.6],
  ['mx-central-1', 'Mexico', 20.6, -100.4],
  ['eu-central-1', 'Frankfurt', 50.1, 8.7],
  ['eu-central-2', 'Zurich', 47.4, 8.5],
  ['eu-west-2', 'London', 51.5, -0.1],
  ['eu-west-3', 'Paris', 48.9, 2.4],
  ['eu-south-1', 'Milan', 45.5, 9.2],
  ['eu-south-2', 'Spain', 41.6, -0.9],
  ['eu-north-1', 'Stockholm', 59.3, 18.1],
  ['me-south-1', 'Bahrain', 26.1, 50.6],
  ['me-central-1', 'UAE', 25.2, 55.3],
  ['il-central-1', 'Tel Aviv', 32.1, 34.8],
  ['af-south-1', 'Cape Town', -33.9, 18.4],
  ['ap-southeast-2', 'Sydney', -33.9, 151.2],
  ['ap-southeast-3', 'Jakarta', -6.2, 106.8],
  ['ap-southeast-4', 'Melbourne', -37.8, 145.0],
  ['ap-northeast-1', 'Tokyo', 35.7, 139.7],
  ['ap-northeast-2', 'Seoul', 37.6, 127.0],
  ['ap-northeast-3', 'Osaka', 34.7, 135.5],
  ['ap-south-1', 'Mumbai', 19.1, 72.9],
  ['ap-south-2', 'Hyderabad', 17.4, 78.5],
  ['ap-east-1', 'Hong Kong', 22.3, 114.2],
];

/** Of all traffic, by plan, that each further Region has; the first three share the rest. */
const SHARE_EACH = 0.01;

/** The estate that the repository comes with: three Regions. */
export function smallEstate(): Estate {
  const parsed = parseEstate(readFileSync(path.join(import.meta.dirname, '../../estate.yaml'), 'utf8'));
  if (parsed.ok) return parsed.estate;
  throw new Error(`estate.yaml does not fit: ${JSON.stringify(parsed.problems)}`);
}

/** The same estate grown to thirty Regions, each with its own database, cluster and load balancer. */
export function largeEstate(): Estate {
  const small = smallEstate();
  const model = small.regions.find(({ code }) => code === 'eu-west-1');
  if (!model) throw new Error('estate.yaml has no eu-west-1, which the large estate is modelled on.');
  const more = MORE_REGIONS.map((place, i) => regionLike(model, place, i + small.regions.length + 1));
  const left = 1 - more.length * SHARE_EACH;
  const first = small.regions.map((region) => ({
    ...region,
    plan: { ...region.plan, trafficShare: region.plan.trafficShare * left },
  }));
  const regions = [...first, ...more];
  return {
    ...small,
    regions,
    environments: small.environments.map((environment) =>
      environment.regions.length > 1
        ? { ...environment, regions: regions.map(({ code }) => code) }
        : environment,
    ),
    peerings: [
      ...small.peerings,
      ...more.map(({ code }, i) => ({
        id: `pcx-0b${String(i).padStart(14, '0')}`,
        between: ['us-east-1', code] as [string, string],
        rttMs: 100,
      })),
    ],
  };
}

function regionLike(
  model: Region,
  [code, name, lat, lon]: (typeof MORE_REGIONS)[number],
  number: number,
): Region {
  const id = String(number).padStart(14, '0');
  return {
    ...model,
    code,
    name,
    label: 'Active Region',
    lat,
    lon,
    vpcId: `vpc-0b${id}`,
    vpcCidr: `10.${number}.0.0/16`,
    cluster: { ...model.cluster, name: `ecommerce-${code}` },
    loadBalancer: {
      ...model.loadBalancer,
      name: `app/shop-${code}/${id}`,
      dnsName: `shop-${code}-${number}.${code}.elb.amazonaws.com`,
    },
    healthCheckId: `11111111-0000-4000-8000-${id.slice(2)}`,
    database: { ...model.database, instanceId: `ecommerce-db-${code}`, secretArn: undefined },
    bucket: `ecommerce-assets-${code}`,
    switchBucket: `ecommerce-switch-${code}`,
    plan: { ...model.plan, trafficShare: SHARE_EACH },
  };
}
