import { oldestOf } from '../observation/known.ts';
import { CLAIMED_DETECTION_SECONDS, detectionTime } from './detection.ts';
import { switchOf } from './dns-switch.ts';
import { known, type Outlook } from './facts.ts';
import { everywhere, gone, type Live, open, unknown, verdict } from './findings-evidence.ts';
import { pathBetween } from './topology.ts';
import { capitalized, count, durationWords, listOf, someOf } from './words.ts';

/** Of thirty Regions hundreds may be missing; all of them stand on the page of the network. */
const MOST_PAIRS = 6;

export function missingPaths(outlook: Outlook): Live {
  const { regions } = outlook.environment;
  const paths = regions.flatMap((a, i) => regions.slice(i + 1).map((b) => pathBetween(outlook, a, b)));
  const observedAt = oldestOf(...paths.map((path) => path.observedAt));
  const missing = paths.filter(({ state }) => state === 'missing');
  const [first] = missing;
  if (first) {
    const pairs = someOf(
      missing.map(({ from, to }) => `${from} with ${to}`),
      MOST_PAIRS,
    );
    const operation = { kind: 'connect-regions' as const, params: { from: first.from, to: first.to } };
    return open(
      `${missing.length} of ${paths.length} pairs ${missing.length === 1 ? 'is' : 'are'} not connected: ${pairs}.`,
      observedAt,
      operation,
    );
  }
  const unseen = paths.find(({ state }) => state === 'unknown');
  if (unseen) return unknown(unseen.message, observedAt);
  return gone(`All ${count(paths.length, 'pair')} of Regions reach each other.`, observedAt);
}

export function switches(outlook: Outlook): Live {
  const zone = known(outlook, 'zone', outlook.facts.zone);
  if (!zone.known) return unknown(`The zone is not known: ${zone.why}.`, zone.observedAt);
  const missing = outlook.environment.regions.filter((code) => !switchOf(outlook, zone.value, code).prepared);
  const [first] = missing;
  if (first) {
    const operation = { kind: 'prepare-switch' as const, params: { region: first } };
    return open(`No switch is prepared for ${listOf(missing)}.`, zone.observedAt, operation);
  }
  return gone('Every Region can be taken out of DNS without a change of records.', zone.observedAt);
}

export function detection(outlook: Outlook): Live {
  const times = outlook.environment.regions.map((code) => ({ code, ...detectionTime(outlook, code) }));
  const observedAt = outlook.facts.zone.observedAt;
  const never = times.filter(({ confirmedSeconds }) => confirmedSeconds === null).map(({ code }) => code);
  if (never.length > 0)
    return open(`No two vantage points could agree that ${listOf(never, 'or')} is lost.`, observedAt);
  const slowest = Math.max(...times.map(({ confirmedSeconds }) => confirmedSeconds ?? 0));
  const text = `The loss of a Region is confirmed after ${durationWords(slowest)}, reckoned from intervals and thresholds.`;
  return slowest > CLAIMED_DETECTION_SECONDS ? open(text, observedAt) : gone(text, observedAt);
}

export function weightedSets(outlook: Outlook): Live {
  const { value, observedAt } = outlook.facts.records;
  if (!value) return unknown('The records were never read.', observedAt);
  const missing = outlook.estate.geographies
    .filter(({ key }) => !value.recordWeights[key])
    .map(({ key }) => key);
  return missing.length > 0
    ? open(`There is no weighted set for ${listOf(missing)}.`, observedAt)
    : gone(
        `Each of ${count(outlook.estate.geographies.length, 'geography', 'geographies')} has a weighted set below its place.`,
        observedAt,
      );
}

/** Countries of the Middle East that Route 53 counts as Asia (aws-facts C-22). */
const MIDDLE_EAST = ['AE', 'BH', 'IL', 'IQ', 'IR', 'JO', 'KW', 'LB', 'OM', 'PS', 'QA', 'SA', 'SY', 'YE'];

export function defaultRecord(outlook: Outlook): Live {
  const locations = outlook.estate.geographies.flatMap((geography) => geography.locations);
  const named = locations.flatMap((location) => ('country' in location ? [location.country] : []));
  const missing = MIDDLE_EAST.filter((country) => !named.includes(country));
  const found = [
    ...(missing.length > 0 ? [`${listOf(missing)} ${missing.length === 1 ? 'is' : 'are'} left to Asia`] : []),
    ...(locations.some((location) => 'default' in location) ? [] : ['addresses in no list get no answer']),
  ];
  return found.length > 0
    ? open(`${capitalized(listOf(found))}.`, null)
    : gone(`All ${MIDDLE_EAST.length} countries have records of their own, and there is a default.`, null);
}

export function zeroWeights(outlook: Outlook): Live {
  const { value, observedAt } = outlook.facts.records;
  if (!value) return unknown('The records were never read.', observedAt);
  const zero = Object.entries(value.recordWeights)
    .filter(([, weights]) => Object.values(weights).every((weight) => weight === 0))
    .map(([geography]) => geography);
  return zero.length > 0
    ? open(`All weights of ${listOf(zero)} are 0: its users are spread over every Region.`, observedAt)
    : gone('Every set has a record with weight.', observedAt);
}

export function disabledChecks(outlook: Outlook): Live {
  const zone = known(outlook, 'zone', outlook.facts.zone);
  if (!zone.known) return unknown(`The zone is not known: ${zone.why}.`, zone.observedAt);
  const disabled = zone.value.checks.filter((check) => check.disabled).map(({ id }) => id);
  return disabled.length > 0
    ? open(
        `${listOf(disabled)} ${disabled.length === 1 ? 'is' : 'are'} disabled and count as healthy.`,
        zone.observedAt,
      )
    : gone(`None of ${count(zone.value.checks.length, 'health check')} is disabled.`, zone.observedAt);
}

export function separateProbes(outlook: Outlook): Live {
  const canaries = everywhere(outlook, 'canaries', (region) => region.canaries);
  const found = canaries.known
    .filter(
      ({ value }) =>
        !value.probes.some(({ path }) => path === 'reads') ||
        !value.probes.some(({ path }) => path === 'writes'),
    )
    .map(({ code }) => `The canary in ${code} does not look at reads and orders apart`);
  return verdict(found, canaries, 'Every canary looks at reads and orders apart.');
}
