import { oldestOf } from '../observation/known.ts';
import { detectionTime } from './detection.ts';
import { switchOf } from './dns-switch.ts';
import { CONTROL_PLANE_REGION, known } from './facts.ts';
import { type Case, type Found, farEnd, losesWriter, together } from './readiness-case.ts';
import { losesRoute53 } from './scenario.ts';
import { type NetworkPath, pathBetween } from './topology.ts';
import type { Remedy } from './verdict.ts';
import { listOf } from './words.ts';

/** Most pairs that a sentence names; thirty Regions have 435. */
const NAMED_PAIRS = 3;

/**
 * A path for every ordered pair of those who go on (aws-facts B-05). To whoever takes the orders it is needed, so a missing one
 * is red; between others it is missed when the writer moves there.
 */
export function checkNetwork(given: Case): Found | null {
  const { outlook, scenario, survivors, writing, target } = given;
  if (scenario.kind === 'route53') return null;
  if (scenario.kind === 'link') return cutLink(given);
  const writer = losesWriter(given) ? (target?.region ?? null) : writing;
  const paths = survivors.flatMap((from) =>
    survivors.filter((to) => to !== from).map((to) => pathBetween(outlook, from, to)),
  );
  const observedAt = oldestOf(...paths.map((path) => path.observedAt));
  const found = { source: 'B-05', observedAt };
  if (paths.length === 0)
    return { ...found, verdict: 'ok', message: 'No other Region is left to be reached.', remedy: null };
  const missing = paths.filter(({ state }) => state === 'missing');
  const needed = missing.filter(({ to }) => to === writer);
  if (needed.length > 0) {
    const from = listOf(needed.map((path) => path.from));
    const message = `Orders from ${from} could not reach ${writer}: ${said(needed)} Peering is not transitive; no way leads through a third Region.`;
    return { ...found, verdict: 'blocked', message, remedy: connect(needed[0]) };
  }
  if (missing.length > 0) {
    const message = `${said(missing)} Nothing needs it while ${writer ?? 'no Region'} takes the orders; a move of the writer would.`;
    return { ...found, verdict: 'warning', message, remedy: connect(missing[0]) };
  }
  const unknown = paths.filter(({ state }) => state === 'unknown');
  if (unknown.length > 0)
    return {
      ...found,
      verdict: 'unknown',
      message: said(unknown),
      remedy: { text: 'Find out why the network is not seen.' },
    };
  const count = `${paths.length} ordered ${paths.length === 1 ? 'pair' : 'pairs'}`;
  return {
    ...found,
    verdict: 'ok',
    message: `All ${count} of remaining Regions reach each other.`,
    remedy: null,
  };
}

/** Each pair once, whichever way it was asked; the first few by name. */
function said(paths: readonly NetworkPath[]): string {
  const pairs = new Map<string, string>();
  for (const { from, to, message } of paths) {
    const pair = from < to ? `${from} ${to}` : `${to} ${from}`;
    if (!pairs.has(pair)) pairs.set(pair, message);
  }
  const sentences = [...pairs.values()];
  const more = sentences.length - NAMED_PAIRS;
  return `${sentences.slice(0, NAMED_PAIRS).join(' ')}${more > 0 ? ` And ${more} more pairs.` : ''}`;
}

function connect(path: NetworkPath | undefined): Remedy | null {
  if (!path) return null;
  const { from, to } = path;
  return {
    text: `Connect ${from} and ${to}: a peering between them, and routes on both sides.`,
    operation: { kind: 'connect-regions', params: { from, to } },
  };
}

function cutLink({ scenario, writing }: Case): Found {
  const found = { source: 'B-05', observedAt: null };
  const far = farEnd(scenario, writing);
  if (far === null) {
    const message = 'No order crosses this link while the writer is elsewhere.';
    return { ...found, verdict: 'ok', message, remedy: null };
  }
  return {
    ...found,
    verdict: 'warning',
    message: `Orders from ${far} would fail: no way leads to ${writing} through a third Region. Its pages are served as before.`,
    remedy: {
      text: `Send the users of ${far} to a Region that reaches the writer, while it lasts.`,
      operation: { kind: 'evacuate', params: { region: far } },
    },
  };
}

/** Records have to leave a Region by themselves: a check on each, one that can fail (aws-facts 2.1, R-07). */
export function checkHealthChecks({ outlook, lost, scenario }: Case): Found | null {
  if (scenario.kind === 'link') return null;
  const zone = known(outlook, 'zone', outlook.facts.zone);
  const found = { source: 'R-07', observedAt: zone.observedAt };
  if (!zone.known) {
    const message = `The zone and its health checks are not known: ${zone.why}.`;
    return { ...found, verdict: 'unknown', message, remedy: { text: 'Find out why Route 53 is not read.' } };
  }
  const regions = lost === null ? outlook.environment.regions : [lost];
  return together(
    regions.map((region): Found => {
      const carried = zone.value.recordChecks[region] ?? null;
      const check = zone.value.checks.find(({ id }) => id === carried);
      const remedy: Remedy = {
        text: `Put a health check on every weighted record of ${region}.`,
        operation: { kind: 'prepare-switch', params: { region } },
      };
      if (carried === null) {
        const message = `The records of ${region} carry no health check, or not all the same one: DNS would go on sending users there.`;
        return { ...found, verdict: 'blocked', message, remedy };
      }
      if (!check)
        return {
          ...found,
          verdict: 'unknown',
          message: `The check ${carried} on the records of ${region} is not seen.`,
          remedy,
        };
      if (check.disabled) {
        const message = `The check on the records of ${region} is disabled, which counts as healthy: DNS would go on sending users there.`;
        return { ...found, verdict: 'blocked', message, remedy };
      }
      const message = `DNS leaves ${region} by itself when ${check.id} fails.`;
      return { ...found, verdict: 'ok', message, remedy: null };
    }),
    'R-07',
    regions.length > 1 ? `DNS leaves each of ${listOf(regions)} by its health check.` : undefined,
  );
}

/** How long it takes to notice, beside the minute that the document promises (aws-facts C-01). */
export function checkDetection({ outlook, lost }: Case): Found | null {
  if (lost === null) return null;
  const time = detectionTime(outlook, lost);
  const slow = time.confirmedSeconds === null || time.confirmedSeconds > time.claimedSeconds;
  return {
    verdict: slow ? 'warning' : 'ok',
    message: time.message,
    source: time.source,
    observedAt: outlook.facts.zone.observedAt,
    remedy: slow ? { text: 'Plan with the time that is reckoned here, or look more often.' } : null,
  };
}

/** Whether users can be moved when Route 53 takes no changes: by a switch prepared in advance (aws-facts B-06). */
export function checkSwitch({ outlook, lost, scenario }: Case): Found | null {
  if (scenario.kind === 'link') return null;
  const zone = known(outlook, 'zone', outlook.facts.zone);
  const found = { source: 'B-06', observedAt: zone.observedAt };
  if (!zone.known) {
    const message = `Whether a switch is prepared is not known: ${zone.why}.`;
    return { ...found, verdict: 'unknown', message, remedy: { text: 'Find out why Route 53 is not read.' } };
  }
  const regions = lost === null ? outlook.environment.regions : [lost];
  const missing = regions
    .map((region) => switchOf(outlook, zone.value, region))
    .filter(({ prepared }) => !prepared);
  const [first] = missing;
  if (!first) {
    const message = `${listOf(regions)} can be taken out of DNS by an object in a peer’s bucket.`;
    return { ...found, verdict: 'ok', message, remedy: null };
  }
  const red = losesRoute53(scenario);
  const state =
    missing.length === 1
      ? first.message
      : `No switch is prepared for ${listOf(missing.map(({ region }) => region))}: they leave DNS only by their own health checks.`;
  const records = red
    ? `Records cannot be edited then: their control plane is in ${CONTROL_PLANE_REGION}.`
    : 'Records can still be edited then, by a control plane that recovery should not need.';
  return {
    ...found,
    verdict: red ? 'blocked' : 'warning',
    message: `${state} ${records}`,
    remedy: {
      text: `Prepare the switch of ${first.region}: objects in two peers’ buckets, and health checks on them.`,
      operation: { kind: 'prepare-switch', params: { region: first.region } },
    },
  };
}

/** Route 53's own way back to changes, within about an hour, if it was asked for beforehand (aws-facts B-06). */
export function checkAcceleratedRecovery({ outlook, scenario }: Case): Found | null {
  if (!losesRoute53(scenario)) return null;
  const zone = known(outlook, 'zone', outlook.facts.zone);
  const found = { source: 'B-06', observedAt: zone.observedAt };
  const remedy = { text: 'Opt in: UpdateHostedZoneFeatures, EnableAcceleratedRecovery. It costs nothing.' };
  const on = zone.value?.acceleratedRecovery ?? null;
  if (on === null) {
    const why = zone.known ? 'Route 53 does not say' : zone.why;
    return {
      ...found,
      verdict: 'unknown',
      message: `Whether accelerated recovery of the zone is on is not known: ${why}.`,
      remedy,
    };
  }
  return on
    ? {
        ...found,
        verdict: 'ok',
        message: 'Accelerated recovery is on: changes are taken again after about an hour.',
        remedy: null,
      }
    : {
        ...found,
        verdict: 'warning',
        message: 'Accelerated recovery is off: nobody can say when records can be changed again.',
        remedy,
      };
}
