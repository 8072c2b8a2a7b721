import type { ReleaseRow, ReleasesModel } from '#components/deployments/model.ts';
import type { Status } from '#components/ui/model.ts';
import { shortDigest } from '#lib/domain/release/release.ts';
import type { LivePlace, RegistryStanding } from '#lib/domain/release/standing.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listReleases, type ReleaseDetail } from '#lib/services/releases/list.ts';
import { STAGING } from '#lib/services/releases/standing.ts';
import { count, within } from '../common.ts';

const PAGE = 25;
const FILTERS = [
  { key: undefined, label: 'All' },
  { key: 'good', label: 'Not bad' },
  { key: 'bad', label: 'Bad' },
] as const;

interface ReleasesPage {
  context: VerbContext;
  here: { environment?: string };
  query: { state?: string | undefined; cursor?: string | undefined };
}

/** A page of the releases, with all that decides whether each may be deployed. */
export async function releasesModel({ context, here, query }: ReleasesPage): Promise<ReleasesModel> {
  const filter = FILTERS.find(({ key }) => key === query.state) ?? FILTERS[0];
  const tab = { ...here, tab: 'releases' as const };
  const filtered = { ...tab, state: filter.key };
  const { items, nextCursor } = await listReleases(context, {
    limit: PAGE,
    ...(filter.key ? { state: filter.key } : {}),
    ...(query.cursor ? { cursor: query.cursor } : {}),
  });
  return {
    filters: FILTERS.map(({ key, label }) => ({
      label,
      href: routes.deployments({ ...tab, state: key }),
      current: key === filter.key,
    })),
    rows: items.map((item) => releaseRow(item, context, here)),
    summary: `${count(items.length, 'release')} on this page`,
    newer: query.cursor ? routes.deployments(filtered) : null,
    older: nextCursor ? routes.deployments({ ...filtered, cursor: nextCursor }) : null,
    none:
      filter.key === 'bad'
        ? { title: 'No release is bad.', text: 'One that a gate or a person turned round is marked here.' }
        : {
            title: 'No release is registered.',
            text: 'A pipeline registers what it has built by POST /api/v1/releases or by npm run meridian -- release register; or register one here.',
          },
  };
}

function releaseRow(
  release: ReleaseDetail,
  { estate }: VerbContext,
  here: { environment?: string },
): ReleaseRow {
  return {
    version: release.version,
    href: routes.release(release.version, here),
    verdict: verdictOf(release),
    digest: shortDigest(release.digest),
    schema: release.schema,
    author: release.author,
    registeredBy: release.registrant.name,
    registeredAt: release.registeredAt,
    staging: release.staging && {
      label: release.staging.operation,
      href: routes.operation(release.staging.operation, within(estate, STAGING)),
    },
    registries: registriesOf(release.registries),
    liveIn: estate.environments.flatMap(({ name, regions }) =>
      liveLine(name, regions.length, release.liveIn),
    ),
  };
}

/** What stands against deploying it, worst first. */
export function verdictOf({ bad, remarks, staging }: ReleaseDetail): { status: Status; word: string } {
  const has = (code: string) => remarks.some((remark) => remark.code === code);
  if (bad) return { status: 'critical', word: 'bad' };
  if (has('moved')) return { status: 'critical', word: 'tag moved' };
  if (has('missing')) return { status: 'warning', word: 'not in every registry' };
  if (has('unknown')) return { status: 'unknown', word: 'registries not known' };
  return staging ? { status: 'ok', word: 'ready' } : { status: 'waiting', word: 'not proven yet' };
}

function registriesOf(standings: readonly RegistryStanding[]): ReleaseRow['registries'] {
  const of = (state: RegistryStanding['state']) =>
    standings.filter((standing) => standing.state === state).length;
  const [present, moved, missing, unknown] = [of('present'), of('moved'), of('missing'), of('unknown')];
  const status = moved > 0 ? 'critical' : missing > 0 ? 'warning' : unknown > 0 ? 'unknown' : 'ok';
  return { status, text: `${present} of ${standings.length}` };
}

function liveLine(environment: string, regions: number, places: readonly LivePlace[]): string[] {
  const here = places.filter((place) => place.environment === environment);
  if (here.length === 0) return [];
  const which = here.length === regions ? '' : `, ${here.map(({ region }) => region).join(', ')}`;
  return [regions === 1 ? environment : `${environment} ${here.length} of ${regions}${which}`];
}
