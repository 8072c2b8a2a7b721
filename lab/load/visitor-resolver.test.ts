import { expect, it } from 'vitest';
import { createVisitorResolver } from './visitor-resolver.ts';

it('asks again only once the TTL has passed', async () => {
  let now = 0;
  const asked: string[] = [];
  const resolver = createVisitorResolver({
    dns: {
      lookUp: async (name, subnet) => {
        asked.push(`${name} from ${subnet}`);
        return { addresses: [`127.0.1${asked.length}.1`], ttlSeconds: 5 };
      },
    },
    name: 'origin.shop.example',
    subnet: '10.70.1.0/24',
    random: () => 0,
    now: () => now,
  });
  expect(await resolver.address()).toBe('127.0.11.1');
  now = 4_999;
  expect(await resolver.address()).toBe('127.0.11.1');
  now = 5_000;
  expect(await resolver.address()).toBe('127.0.12.1');
  expect(asked).toEqual(Array(2).fill('origin.shop.example from 10.70.1.0/24'));
});
