import { describe, expect, test } from 'vitest';
import { along, curve, FRAME, project, subsolarPoint } from './projection.ts';

describe('project', () => {
  test('puts the origin of coordinates where the atlas was drawn', () => {
    expect(project({ lat: 0, lon: 0 })).toEqual({ x: FRAME.x, y: FRAME.y });
  });
  // Positions of the reference design.
  test.each([
    ['us-east-1', { lat: 38.9, lon: -77.4 }, { x: 204.9, y: 226.4 }],
    ['eu-west-1', { lat: 53.3, lon: -6.3 }, { x: 429.6, y: 169.5 }],
    ['ap-southeast-1', { lat: 1.35, lon: 103.8 }, { x: 777.4, y: 351.7 }],
  ])('%s', (_, place, expected) => {
    const { x, y } = project(place);
    expect(x).toBeCloseTo(expected.x, 0);
    expect(y).toBeCloseTo(expected.y, 0);
  });
});

describe('subsolarPoint', () => {
  // June solstice 2026 is 21 June 08:24 UTC; the sun then stands over 23.44° N, about 54° E.
  test('June solstice', () => {
    const { lat, lon } = subsolarPoint(new Date('2026-06-21T08:24:00Z'));
    expect(lat).toBeCloseTo(23.44, 1);
    expect(Math.abs(lon - 54.4)).toBeLessThan(1);
  });
  test('noon in Greenwich at the December solstice', () => {
    const { lat, lon } = subsolarPoint(new Date('2026-12-21T12:00:00Z'));
    expect(lat).toBeCloseTo(-23.43, 1);
    expect(Math.abs(lon)).toBeLessThan(1.5);
  });
});

describe('curve', () => {
  test('a positive bow goes south whichever way it is drawn', () => {
    const a = { x: 100, y: 200 };
    const b = { x: 500, y: 200 };
    expect(along(curve(a, b, 0.2), 0.5).y).toBeGreaterThan(200);
    expect(along(curve(b, a, 0.2), 0.5).y).toBeGreaterThan(200);
    expect(along(curve(a, b, -0.2), 0.5).y).toBeLessThan(200);
  });
});
