import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseEstate } from '#lib/domain/estate/estate.ts';
import { planSites } from './sites.ts';

const parsed = parseEstate(readFileSync(new URL('../../estate.yaml', import.meta.url), 'utf8'));

it('gives every environment in every Region an address and load balancer of its own', () => {
  if (!parsed.ok) throw new Error('the shipped estate does not parse');
  const sites = planSites(parsed.estate);
  expect(sites.map(({ key, address, namespace, schema }) => [key, address, namespace, schema])).toEqual([
    ['production/us-east-1', '127.0.11.1', 'shop', 'public'],
    ['production/eu-west-1', '127.0.12.1', 'shop', 'public'],
    ['production/ap-southeast-1', '127.0.13.1', 'shop', 'public'],
    ['staging/us-east-1', '127.0.11.2', 'shop-staging', 'staging'],
  ]);
  expect(sites[0]?.loadBalancer).toEqual({
    name: 'app/shop-us-east-1/50dc6c495c0c9188',
    dnsName: 'shop-us-east-1-1001.us-east-1.elb.amazonaws.com',
    targetGroups: {
      read: 'targetgroup/shop-read/50dc6c495c0c9188',
      write: 'targetgroup/shop-write/50dc6c495c0c9188',
    },
  });
  expect(sites[3]?.loadBalancer).toMatchObject({
    name: 'app/shop-us-east-1-staging/50dc6c495c0c9188',
    dnsName: 'shop-us-east-1-1001-staging.us-east-1.elb.amazonaws.com',
  });
});
