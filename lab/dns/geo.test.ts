import { describe, expect, it } from 'vitest';
import { createRandom } from '#lab/kernel/random.ts';
import { locate, randomSubnet } from './geo.ts';

describe('locate', () => {
  it.each([
    ['192.0.2.7', 'US', 'NA'],
    ['198.51.100.1', 'SG', 'AS'],
    ['203.0.113.200', 'IE', 'EU'],
    ['10.0.0.1', 'BR', 'SA'],
    ['10.64.0.1', 'US', 'NA'],
    ['10.131.9.1', 'AE', 'AS'],
    ['10.134.0.1', 'NG', 'AF'],
    ['10.192.0.1', 'SG', 'AS'],
    ['10.195.0.1', 'AU', 'OC'],
  ])('%s is in %s, %s', (ip, country, continent) => expect(locate(ip)).toMatchObject({ country, continent }));

  it.each(['127.0.0.1', '8.8.8.8', '2001:db8::1', '192.0.3.1', '11.64.0.1', ''])(
    'knows nothing of %s',
    (ip) => expect(locate(ip)).toBeUndefined(),
  );
});

describe('randomSubnet', () => {
  const draws = (key: string) => {
    const random = createRandom(1);
    return Array.from({ length: 2000 }, () => randomSubnet(key, random));
  };
  const continents = (key: string) =>
    new Set(draws(key).map((subnet) => locate(subnet.split('/')[0] ?? '')?.continent));

  it('draws many distinct /24s', () => {
    expect(new Set(draws('eu')).size).toBeGreaterThan(1800);
    expect(draws('na').every((subnet) => /^10\.\d+\.\d+\.0\/24$/.test(subnet))).toBe(true);
  });

  it('stays inside the geography', () => {
    expect(continents('na')).toEqual(new Set(['NA']));
    expect(continents('any')).toEqual(new Set(['SA']));
    expect(continents('ap')).toEqual(new Set(['AS', 'OC']));
  });

  it('mixes Europe, Africa and the Middle East, whose continent is AS', () => {
    expect(continents('eu')).toEqual(new Set(['EU', 'AF', 'AS']));
    const asian = draws('eu')
      .map((subnet) => locate(subnet.split('/')[0] ?? ''))
      .filter((place) => place?.continent === 'AS');
    expect(new Set(asian.map((place) => place?.country))).toEqual(new Set(['AE', 'SA', 'IL']));
  });

  it('names the geographies it has', () => {
    expect(() => randomSubnet('mars', createRandom(1))).toThrow(/"mars"; it has any, na, eu, ap/);
  });
});
