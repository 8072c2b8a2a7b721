import type { HealthCheckConfig, ZoneObservation } from '../observation/kinds.ts';
import type { Outlook } from './facts.ts';

/** Where the objects lie that take a Region out of DNS without Route 53's control plane (B-06; DECISIONS, The data-plane switch). */
export interface SwitchState {
  region: string;
  /** Regions in whose bucket a switch lies that its records obey. */
  inRegions: string[];
  /** Its records obey a check of the endpoint, and of both switches. */
  prepared: boolean;
  message: string;
}

/** Two, so that the switch outlives a peer. */
const SWITCHES = 2;

/** Whether the Region's records obey a calculated check over its endpoint and inverted checks of `serve/<region>` in two peers. */
export function switchOf(outlook: Outlook, zone: ZoneObservation, region: string): SwitchState {
  const checks = new Map(zone.checks.map((check) => [check.id, check]));
  const carried = checks.get(zone.recordChecks[region] ?? '');
  const children =
    carried?.type === 'CALCULATED' ? carried.children.flatMap((id) => checks.get(id) ?? []) : [];
  const needsAll = carried?.healthThreshold !== null && (carried?.healthThreshold ?? 0) >= children.length;
  const inRegions = outlook.environment.regions.filter(
    (peer) => peer !== region && children.some((child) => isSwitch(child, region, peer)),
  );
  const prepared = needsAll && inRegions.length >= Math.min(SWITCHES, outlook.environment.regions.length - 1);
  return { region, inRegions, prepared, message: words(region, inRegions, prepared, needsAll) };
}

function isSwitch(check: HealthCheckConfig, region: string, peer: string): boolean {
  return (
    check.inverted &&
    !check.disabled &&
    (check.target ?? '').endsWith(`/serve/${region}`) &&
    (check.target ?? '').includes(`.s3.${peer}.`)
  );
}

function words(region: string, inRegions: readonly string[], prepared: boolean, needsAll: boolean): string {
  if (prepared) return `${region} can be taken out of DNS by an object in ${inRegions.join(' or ')}.`;
  if (inRegions.length === 0)
    return `${region} leaves DNS only by its own health check: no switch is prepared that forces it out, or keeps it out.`;
  if (!needsAll) return `The check on the records of ${region} stays healthy although a switch is off.`;
  return `${region} has one switch, in ${inRegions[0]}: lost with that Region.`;
}
