import { expect, it } from 'vitest';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import {
  databaseOwner,
  declaredDatabases,
  estateOf,
  healthCheckIdOf,
  ownLoadBalancers,
  trafficName,
} from './environments.ts';

const estate = seedEstate();
const staging = environmentOf(estate, 'staging');
const STAGING_DATABASE = 'ecommerce-staging-db-us-east-1';

const idsOf = ({ regions }: typeof estate) => regions.map(({ database }) => database.instanceId);

it('staging has one database, in its one Region (DECISIONS "Estate")', () => {
  expect(Object.keys(staging.databases ?? {})).toEqual(['us-east-1']);
  expect(idsOf(estateOf(estate, staging))).toEqual([
    STAGING_DATABASE,
    'ecommerce-db-eu-west-1',
    'ecommerce-db-ap-southeast-1',
  ]);
});

it('staging has a load balancer of its own, and its traffic is that one’s', () => {
  const [balancer] = ownLoadBalancers(estate, 'us-east-1');
  expect(balancer?.name).toBe('app/shop-us-east-1-staging/50dc6c495c0c9188');
  expect(ownLoadBalancers(estate, 'eu-west-1')).toEqual([]);
  const [region] = estateOf(estate, staging).regions;
  expect(region?.loadBalancer).toEqual(balancer);
  expect(trafficName(staging, 'us-east-1')).toBe(balancer?.name);
  expect(trafficName(environmentOf(estate), 'us-east-1')).toBe('us-east-1');
});

it('staging has no health check where it has a load balancer of its own', () => {
  const [us, eu] = estate.regions;
  if (!us || !eu) throw new Error('The estate has two Regions at least.');
  expect(healthCheckIdOf(staging, us)).toBeNull();
  expect(healthCheckIdOf(staging, eu)).toBe(eu.healthCheckId);
  expect(healthCheckIdOf(environmentOf(estate), us)).toBe(us.healthCheckId);
});

it('production has those of the Regions', () => {
  expect(estateOf(estate, environmentOf(estate))).toBe(estate);
});

it('lists each database once, with the environment it belongs to', () => {
  const listed = declaredDatabases(estate).map(({ environment, region, database }) => [
    environment,
    region.code,
    database.instanceId,
  ]);
  expect(listed).toEqual([
    ['production', 'us-east-1', 'ecommerce-db-us-east-1'],
    ['production', 'eu-west-1', 'ecommerce-db-eu-west-1'],
    ['production', 'ap-southeast-1', 'ecommerce-db-ap-southeast-1'],
    ['staging', 'us-east-1', STAGING_DATABASE],
  ]);
});

it('an environment without databases of its own uses those of the first like it', () => {
  expect(databaseOwner(estate, staging)).toBe('staging');
  expect(databaseOwner(estate, { ...staging, databases: undefined })).toBe('production');
});
