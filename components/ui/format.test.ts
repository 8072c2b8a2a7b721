import { describe, expect, test } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatClock,
  formatMoney,
  formatNumber,
  formatSeconds,
  formatShare,
  formatSigned,
  formatSignedMoney,
} from './format.ts';

describe('figures', () => {
  test.each([
    [formatNumber(1260), '1,260'],
    [formatNumber(-0.04, 1), '0.0'],
    [formatSigned(0.2, 1), '+0.2'],
    [formatSigned(-0.3, 1), '−0.3'],
    [formatSigned(0.01, 1), '0.0'],
    [formatShare(0.4522), '45.2'],
    [formatClock(192), '3:12'],
    [formatClock(4220), '1:10:20'],
    [formatAge(4.9), '4\u00a0s'],
    [formatAge(192), '3:12\u00a0min'],
    [formatAge(3130), '52\u00a0min'],
    [formatAge(9660), '2:41\u00a0h'],
    [formatAge(12 * 86_400 + 5), '12\u00a0d'],
    [formatMoney(23_900), '$23,900'],
    [formatMoney(0.02), '$0.02'],
    [formatMoney(-26), '−$26'],
    [formatMoney(-0.001), '$0.00'],
    [formatSignedMoney(41), '+$41'],
    [formatSignedMoney(-0.001), '$0.00'],
    [formatBytes(41_000), '41\u00a0KB'],
    [formatBytes(1_230_000), '1.2\u00a0MB'],
    [formatSeconds(0.08), '0.08'],
    [formatSeconds(6.21), '6.2'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
});
