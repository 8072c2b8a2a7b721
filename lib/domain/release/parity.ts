import type { ServiceObservation } from '../observation/kinds.ts';
import type { Known } from '../observation/known.ts';
import type { Release } from './release.ts';
import { liveDeployment } from './standing.ts';

/** What serves users of one environment in a Region, and what stands idle beside it. */
export interface VersionPlace {
  region: string;
  /** Null: not observed, or the Service names none. */
  version: string | null;
  digest: string | null;
  colour: string | null;
  /** Since when it is live, as far as anybody saw. ISO. */
  since: string | null;
  ready: number | null;
  desired: number | null;
  /** Kept for the way back (aws-facts C-10); null where there is none. */
  idle: { version: string; colour: string | null; ready: number; desired: number }[];
  observedAt: string | null;
  /** Why it is not known. */
  why: string | null;
  /** How it differs from what most Regions serve, or from what was registered; empty where it does not. */
  differences: VersionDifference[];
}

export interface VersionDifference {
  code: 'version' | 'image' | 'unregistered' | 'other-image' | 'bad';
  message: string;
  /** It differed from then on at least; null where nobody saw it begin. ISO. */
  since: string | null;
}

/** Versions of an environment side by side. */
export interface Parity {
  /** What most Regions that are known serve; null where there is no majority. */
  common: string | null;
  places: VersionPlace[];
  /** `unknown`: some Region does not say, and those that do agree. */
  state: 'same' | 'differs' | 'unknown';
  /** Since when not all served the same, at least; null where they do or nobody saw. ISO. */
  since: string | null;
}

type Registered = Pick<Release, 'version' | 'digest' | 'bad'>;

/**
 * What each Region of an environment serves, compared with what most of them do and with what was registered. Regions differ
 * while a deployment moves through them; that they still do afterwards is drift.
 */
export function parityOf(
  services: readonly { region: string; service: Known<ServiceObservation> }[],
  releases: readonly Registered[],
): Parity {
  const places = services.map(({ region, service }) => placeOf(region, service));
  const known = places.filter(({ version }) => version !== null);
  const common = commonest(known.map(({ version }) => version ?? ''));
  const compared = places.map((place) => ({
    ...place,
    differences: [...againstOthers(place, common, known), ...againstRegistered(place, releases)],
  }));
  const versions = new Set(known.map(({ version }) => version));
  const apart = versions.size > 1 || compared.some(hasOtherImage);
  return {
    common,
    places: compared,
    state: apart ? 'differs' : known.length < places.length ? 'unknown' : 'same',
    since: apart ? driftSince(compared) : null,
  };
}

function hasOtherImage({ differences }: VersionPlace): boolean {
  return differences.some(({ code }) => code === 'image');
}

function placeOf(region: string, service: Known<ServiceObservation>): VersionPlace {
  const { observedAt, why } = service;
  if (!service.known) return { ...NOT_KNOWN, region, observedAt, why, idle: [], differences: [] };
  const { deployments, liveVersion, liveColour, liveSince } = service.value;
  const live = liveDeployment(service.value);
  return {
    region,
    version: liveVersion,
    digest: live?.digest ?? null,
    colour: liveColour ?? live?.colour ?? null,
    since: liveSince ?? null,
    ready: live?.ready ?? null,
    desired: live?.desired ?? null,
    idle: deployments
      .filter((deployment) => deployment !== live)
      .map(({ version, colour, ready, desired }) => ({ version, colour: colour ?? null, ready, desired })),
    observedAt,
    why: liveVersion === null ? 'the Service names no version' : null,
    differences: [],
  };
}

const NOT_KNOWN = {
  version: null,
  digest: null,
  colour: null,
  since: null,
  ready: null,
  desired: null,
} as const;

/** The most frequent of them, or null where two are equally frequent. */
function commonest(values: readonly string[]): string | null {
  const counts = [...Map.groupBy(values, (value) => value)]
    .map(([value, all]) => ({ value, times: all.length }))
    .sort((a, b) => b.times - a.times);
  const [first, second] = counts;
  return first && first.times !== second?.times ? first.value : null;
}

function againstOthers(
  place: VersionPlace,
  common: string | null,
  known: readonly VersionPlace[],
): VersionDifference[] {
  const { region, version, digest } = place;
  if (version === null) return [];
  const others = known.filter((other) => other.region !== region);
  if (version !== common) {
    const apart = common === null ? others : others.filter((other) => other.version === common);
    const against = apart.filter((other) => other.version !== version);
    if (against.length === 0) return [];
    return [
      {
        code: 'version',
        message: `${version} here, ${[...new Set(against.map((other) => other.version))].join(' and ')} in ${against.map((other) => other.region).join(', ')}.`,
        since: apartSince(place, against),
      },
    ];
  }
  const otherImage = others.filter(
    (other) => other.version === version && other.digest && digest && other.digest !== digest,
  );
  if (otherImage.length === 0) return [];
  return [
    {
      code: 'image',
      message: `${version} is another image here than in ${otherImage.map((other) => other.region).join(', ')}.`,
      since: apartSince(place, otherImage),
    },
  ];
}

/** From when on one of the others certainly served its version while this Region served its own. */
function apartSince({ since }: VersionPlace, others: readonly VersionPlace[]): string | null {
  const theirs = others.map((other) => other.since);
  if (since === null || theirs.some((at) => at === null)) return null;
  const earliest = theirs.flatMap((at) => at ?? []).sort()[0];
  return earliest === undefined || earliest < since ? since : earliest;
}

function againstRegistered(
  { version, digest, since }: VersionPlace,
  releases: readonly Registered[],
): VersionDifference[] {
  if (version === null) return [];
  const release = releases.find((candidate) => candidate.version === version);
  if (!release)
    return [{ code: 'unregistered', message: `${version} was never registered as a release.`, since: null }];
  return [
    ...(digest !== null && digest !== release.digest
      ? [
          {
            code: 'other-image' as const,
            message: `${version} runs as another image than the one registered.`,
            since,
          },
        ]
      : []),
    ...(release.bad
      ? [
          {
            code: 'bad' as const,
            message: `${version} is marked bad: ${release.bad.reason}`,
            since: release.bad.at,
          },
        ]
      : []),
  ];
}

function driftSince(places: readonly VersionPlace[]): string | null {
  return (
    places
      .flatMap(({ differences }) => differences)
      .filter(({ code }) => code === 'version' || code === 'image')
      .flatMap(({ since }) => since ?? [])
      .sort()[0] ?? null
  );
}
