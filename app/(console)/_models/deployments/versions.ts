import type { EnvironmentVersions, VersionRow, VersionsModel } from '#components/deployments/model.ts';
import type { Status } from '#components/ui/model.ts';
import { capitalized } from '#lib/domain/recovery/words.ts';
import type { VersionDifference, VersionPlace } from '#lib/domain/release/parity.ts';
import { shortDigest } from '#lib/domain/release/release.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { serviceStaleAfter } from '#lib/services/deployments/services.ts';
import type { EnvironmentVersions as Versions } from '#lib/services/deployments/versions.ts';
import { listOf, within, worstStatus } from '../common.ts';

const DIFFERENCE_STATUS = {
  version: 'warning',
  image: 'critical',
  unregistered: 'waiting',
  'other-image': 'critical',
  bad: 'critical',
} as const satisfies Record<VersionDifference['code'], Status>;

/** What each Region serves, environment by environment. */
export function versionsModel({
  context,
  versions,
}: {
  context: VerbContext;
  versions: readonly Versions[];
}): VersionsModel {
  return {
    environments: versions.map((environment) => environmentVersions(context, environment)),
    withinSeconds: serviceStaleAfter(context.estate),
  };
}

function environmentVersions({ estate }: VerbContext, versions: Versions): EnvironmentVersions {
  const here = within(estate, versions.environment);
  return {
    name: versions.environment,
    ...stateWords(versions),
    since: versions.since,
    rows: versions.places.map((place) => versionRow(place, here)),
  };
}

function stateWords({ state, common, places }: Versions): Pick<EnvironmentVersions, 'status' | 'text'> {
  if (state === 'same') {
    const text = places.length === 1 ? `Serves ${common}.` : `All ${places.length} Regions serve ${common}.`;
    return { status: 'ok', text: common === null ? 'It has no Region.' : text };
  }
  if (state === 'unknown') {
    const silent = places.filter(({ version }) => version === null).map(({ region }) => region);
    return { status: 'unknown', text: `What ${listOf(silent)} serves is not known.` };
  }
  const apart = places.filter(({ differences }) =>
    differences.some(({ code }) => code === 'version' || code === 'image'),
  );
  return {
    status: 'warning',
    text:
      common === null
        ? 'The Regions do not serve the same.'
        : `${listOf(apart.map(({ region }) => region))} ${apart.length === 1 ? 'differs' : 'differ'} from ${common}.`,
  };
}

function versionRow(place: VersionPlace, here: { environment?: string }): VersionRow {
  const { region, version, differences } = place;
  const registered = !differences.some(({ code }) => code === 'unregistered');
  return {
    region,
    regionHref: routes.region(region, here),
    ...parityWord(place),
    version,
    versionHref: version !== null && registered ? routes.release(version, here) : null,
    digest: place.digest && shortDigest(place.digest),
    colour: place.colour,
    liveSince: place.since,
    ready: place.ready,
    desired: place.desired,
    idle:
      place.idle
        .map(({ version: idle, colour, ready, desired }) =>
          [idle, colour, `${ready} of ${desired}`].filter(Boolean).join(', '),
        )
        .join('; ') || null,
    at: place.observedAt,
    differences: [
      ...(place.why === null ? [] : [{ text: `${capitalized(place.why)}.`, since: null }]),
      ...differences.map(({ message, since }) => ({ text: message, since })),
    ],
  };
}

function parityWord({ version, differences }: VersionPlace): Pick<VersionRow, 'status' | 'word'> {
  if (version === null) return { status: 'unknown', word: 'not known' };
  const worst = worstStatus(differences.map(({ code }) => DIFFERENCE_STATUS[code]));
  const codes = differences.map(({ code }) => code);
  if (codes.includes('bad')) return { status: worst, word: 'bad' };
  if (codes.includes('version') || codes.includes('image')) return { status: worst, word: 'differs' };
  if (codes.includes('other-image')) return { status: worst, word: 'another image' };
  if (codes.includes('unregistered')) return { status: worst, word: 'not registered' };
  return { status: 'ok', word: 'as it should be' };
}
