import { describe, expect, it } from 'vitest';
import { contains, formatCidr, overlaps, parseCidr } from './cidr.ts';
import { bestRoute } from './network.ts';
import type { RouteRecord } from './records.ts';

const cidr = (text: string) => {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`${text} is no network`);
  return parsed;
};

describe('networks', () => {
  it.each([
    ['10.0.0.0/16', '10.0.0.0/16'],
    ['100.68.0.18/18', '100.68.0.0/18'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/32', '255.255.255.255/32'],
  ])('%s is %s', (text, canonical) => {
    expect(formatCidr(cidr(text))).toBe(canonical);
  });

  it.each(['10.0.0.0', '10.0.0/16', '10.0.0.256/16', '10.0.0.0/33', '10.0.0.0/16 ', 'a.b.c.d/8'])(
    '%s is none',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );

  it.each([
    ['10.0.0.0/8', '10.1.0.0/16', true, true],
    ['10.1.0.0/16', '10.0.0.0/8', false, true],
    ['10.0.0.0/16', '10.1.0.0/16', false, false],
    ['0.0.0.0/0', '192.168.0.0/24', true, true],
  ])('%s and %s', (outer, inner, holds, touches) => {
    expect(contains(cidr(outer), cidr(inner))).toBe(holds);
    expect(overlaps(cidr(outer), cidr(inner))).toBe(touches);
  });
});

describe('the route to a network', () => {
  const route = (to: string, id: string): RouteRecord => ({
    cidr: to,
    target: { kind: 'peering', id },
    origin: 'CreateRoute',
  });
  const routes = [
    route('0.0.0.0/0', 'default'),
    route('10.0.0.0/8', 'wide'),
    route('10.1.0.0/16', 'exact'),
    route('10.1.4.0/24', 'part'),
  ];

  it.each([
    ['10.1.0.0/16', 'exact'],
    ['10.2.0.0/16', 'wide'],
    ['192.168.0.0/16', 'default'],
    ['10.1.4.0/25', 'part'],
  ])('%s goes by %s', (to, id) => {
    expect(bestRoute(routes, to)?.target.id).toBe(id);
  });

  it('is none when nothing covers it', () => {
    expect(bestRoute([route('10.1.4.0/24', 'part')], '10.1.0.0/16')).toBeUndefined();
  });
});
