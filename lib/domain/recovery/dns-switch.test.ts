import { describe, expect, it } from 'vitest';
import { AP, copyOfEstate, EU, outlook, switchedZone, US, zoneOf } from '#test/recovery-facts.ts';
import type { HealthCheckConfig, ZoneObservation } from '../observation/kinds.ts';
import { switchOf } from './dns-switch.ts';

const estate = copyOfEstate();

function changed(id: string, changes: Partial<HealthCheckConfig>): ZoneObservation {
  const zone = switchedZone(estate);
  return {
    ...zone,
    checks: zone.checks.map((check) => (check.id === id ? { ...check, ...changes } : check)),
  };
}

describe('the switch that takes a Region out of DNS', () => {
  it.each<[string, ZoneObservation, boolean, string[], string]>([
    [
      'prepared',
      switchedZone(estate),
      true,
      [EU, AP],
      'us-east-1 can be taken out of DNS by an object in eu-west-1 or ap-southeast-1.',
    ],
    [
      'not prepared',
      zoneOf(estate),
      false,
      [],
      'us-east-1 leaves DNS only by its own health check: no switch is prepared that forces it out, or keeps it out.',
    ],
    [
      'of another Region',
      switchedZone(estate, [EU]),
      false,
      [],
      'us-east-1 leaves DNS only by its own health check: no switch is prepared that forces it out, or keeps it out.',
    ],
    [
      'with one of its checks disabled, which counts as healthy',
      changed('switch-us-east-1-in-eu-west-1', { disabled: true }),
      false,
      [AP],
      'us-east-1 has one switch, in ap-southeast-1: lost with that Region.',
    ],
    [
      'with one of its checks not inverted',
      changed('switch-us-east-1-in-eu-west-1', { inverted: false }),
      false,
      [AP],
      'us-east-1 has one switch, in ap-southeast-1: lost with that Region.',
    ],
    [
      'that one healthy child would overrule',
      changed('serve-us-east-1', { healthThreshold: 1 }),
      false,
      [EU, AP],
      'The check on the records of us-east-1 stays healthy although a switch is off.',
    ],
    [
      'with records that carry no check',
      { ...switchedZone(estate), recordChecks: {} },
      false,
      [],
      'us-east-1 leaves DNS only by its own health check: no switch is prepared that forces it out, or keeps it out.',
    ],
  ])('%s', (_, zone, prepared, inRegions, message) => {
    expect(switchOf(outlook(), zone, US)).toEqual({ region: US, prepared, inRegions, message });
  });

  it('of two Regions lies in the only peer', () => {
    const given = outlook();
    const two = { ...given, environment: { ...given.environment, regions: [US, EU] } };
    expect(switchOf(two, switchedZone(estate), US)).toMatchObject({ prepared: true, inRegions: [EU] });
  });
});
