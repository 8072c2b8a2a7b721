import { describe, expect, test } from 'vitest';
import { AREAS, areaOf, PHONE_TABS } from './areas.ts';

describe('areaOf', () => {
  test.each([
    ['/', 'overview'],
    ['/regions/eu-west-1', 'overview'],
    ['/operations/OP-1042', 'operations'],
    ['/recovery/decide', 'recovery'],
    ['/findings', 'recovery'],
    ['/freezes', 'freezes'],
    ['/settings/people', 'settings'],
    ['/settings/tokens', 'settings'],
    ['/operationsx', undefined],
  ])('%s is %s', (path, expected) => {
    expect(areaOf(path)).toBe(expected);
  });
});

test('each area has its own second key', () => {
  expect(new Set(AREAS.map((area) => area.key2)).size).toBe(AREAS.length);
});

test('the phone has four tabs and the rest under More', () => {
  expect(PHONE_TABS).toHaveLength(4);
});
