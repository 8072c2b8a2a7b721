import { expect, it } from 'vitest';
import { planSites } from '#lab/shop/sites.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { planCanaries } from './plan.ts';

const estate = seedEstate();
const sites = planSites(estate);
const siteIn = (region: string) => sites.find((site) => site.region === region);

it('each Region watches the reads and the writes of every other one', () => {
  const planned = planCanaries(estate, siteIn).map(({ watcher, name }) => `${watcher}: ${name}`);
  expect(planned).toHaveLength(12);
  expect(planned.filter((line) => line.startsWith('eu-west-1'))).toEqual([
    'eu-west-1: us-east-1-reads',
    'eu-west-1: ap-southeast-1-reads',
    'eu-west-1: us-east-1-writes',
    'eu-west-1: ap-southeast-1-writes',
  ]);
});

it('nobody watches a Region without a shop, or anything when the estate declares no canaries', () => {
  const withoutAsia = planCanaries(estate, (code) => (code.startsWith('ap') ? undefined : siteIn(code)));
  expect(withoutAsia.map(({ target }) => target.region)).not.toContain('ap-southeast-1');
  expect(planCanaries({ ...estate, canaries: undefined }, siteIn)).toEqual([]);
});
