import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { planSites } from './sites.ts';

it('gives every environment in every Region an address and load balancer of its own', () => {
  const sites = planSites(seedEstate());
  expect(sites.map(({ key, address, namespace }) => [key, address, namespace])).toEqual([
    ['production/us-east-1', '127.0.11.1', 'shop'],
    ['production/eu-west-1', '127.0.12.1', 'shop'],
    ['production/ap-southeast-1', '127.0.13.1', 'shop'],
    ['staging/us-east-1', '127.0.11.2', 'shop-staging'],
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

it('has the tables of an environment in its own database, or in a schema of one that it shares', () => {
  const tablesOf = (estate: ReturnType<typeof seedEstate>) =>
    planSites(estate).map(({ databases, schema }) => `${databases} ${schema}`);
  const production = Array.from({ length: 3 }, () => 'production public');
  expect(tablesOf(seedEstate())).toEqual([...production, 'staging public']);
  const sharing = seedEstate();
  environmentOf(sharing, 'staging').databases = undefined;
  expect(tablesOf(sharing)).toEqual([...production, 'production staging']);
});

it('stands at addresses that docs/lab.md adds on macOS', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/lab.md'), 'utf8');
  const [, seconds = '', lasts = ''] =
    /for n in ([\d ]+); do for h in ([\d ]+); do sudo ifconfig lo0 alias 127\.0\.\$n\.\$h/.exec(text) ?? [];
  const added = seconds.split(' ').flatMap((n) => lasts.split(' ').map((h) => `127.0.${n}.${h}`));
  const needed = planSites(seedEstate()).flatMap(({ address, previewAddress }) => [address, previewAddress]);
  expect(added).toEqual(expect.arrayContaining(needed));
});
