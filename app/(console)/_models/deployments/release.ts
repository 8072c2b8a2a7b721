import type { LiveCell, ReleaseFact, ReleaseModel, ReleaseRegion } from '#components/deployments/model.ts';
import type { ActPlan } from '#components/shell/act-model.ts';
import type { Status } from '#components/ui/model.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { capitalized } from '#lib/domain/recovery/words.ts';
import { type SchemaChange, shortDigest } from '#lib/domain/release/release.ts';
import type { LivePlace, RegistryRemark, RegistryStanding } from '#lib/domain/release/standing.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listDeployments } from '#lib/services/deployments/list.ts';
import { getReleaseDetail, type ReleaseDetail } from '#lib/services/releases/list.ts';
import { STAGING } from '#lib/services/releases/standing.ts';
import { listOf, within } from '../common.ts';
import { deployPermission } from '../deployment-request.ts';
import { runRow } from './runs.ts';

/** So many of its deployments stand on its page. */
const MOST_RUNS = 10;

/** One release as its page shows it; throws NotFoundError. */
export async function releaseModel(
  context: VerbContext,
  environment: string,
  version: string,
): Promise<ReleaseModel> {
  const release = await getReleaseDetail(context, version);
  const { estate } = context;
  const here = within(estate, environment);
  const runs = await Promise.all(
    estate.environments.map(({ name }) =>
      listDeployments(context, { environment: name, version: release.version, limit: MOST_RUNS }),
    ),
  );
  const newest = runs
    .flatMap(({ items }) => items)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    .slice(0, MOST_RUNS);
  // A gate judges in the environment of its run, which need not be the one this page is looked at in.
  const badIn =
    runs.flatMap(({ items }) => items).find(({ id }) => id === release.bad?.operation)?.environment ??
    environment;
  return {
    at: context.now.toISOString(),
    version: release.version,
    ...headOf(release, context),
    remarks: remarksOf(release),
    digest: release.digest,
    facts: factsOf(release, { estate, badIn }),
    notes: release.notes,
    regions: estate.regions.map(({ code }) => regionRow(release, { estate, environment }, code)),
    environments: estate.environments.map(({ name }) => name),
    withinSeconds: staleAfterSeconds('registry', estate.metrics.periodSeconds),
    runs: newest.map((run) => runRow(run, within(estate, run.environment))),
    deploy: deployPermission(context, release),
    allRuns: routes.deployments(here),
    markBad: { permission: release.may.markBad, plan: markPlan(release) },
    clear: release.bad && { permission: release.may.clear, plan: clearPlan(release) },
    allReleases: routes.deployments({ ...here, tab: 'releases' }),
  };
}

type Head = Pick<ReleaseModel, 'status' | 'answer' | 'detail'>;

function headOf(release: ReleaseDetail, { estate }: VerbContext): Head {
  const { version, bad, liveIn, remarks } = release;
  const live = estate.environments.flatMap(({ name, regions }) => {
    const here = liveIn.filter(({ environment }) => environment === name);
    if (here.length === 0) return [];
    return [
      regions.length === 1 ? `in ${name}` : `in ${here.length} of ${regions.length} Regions of ${name}`,
    ];
  });
  const serves = live.length === 0 ? 'It serves nobody.' : `It serves users ${listOf(live)}.`;
  const standing = [registryWords(release), stagingWords(release)];
  const stops = remarks.find(({ severity }) => severity === 'refuse');
  if (bad)
    return {
      status: 'critical',
      answer: `${version} is bad: ${bad.reason}`,
      detail: [serves, ...standing].join(' '),
    };
  if (live.length > 0)
    return {
      status: stops ? REMARK_STATUS[stops.code] : 'ok',
      answer: `${version} serves users ${listOf(live)}.`,
      detail: standing.join(' '),
    };
  if (stops)
    return {
      status: REMARK_STATUS[stops.code],
      answer: `${version} cannot be deployed: ${stopWords(release)}.`,
      detail: `${serves} ${stagingWords(release)}`,
    };
  return { status: 'ok', answer: `${version} serves nobody yet.`, detail: standing.join(' ') };
}

/** What is wrong with the registries, worst first, in words that go on after a colon. */
function stopWords({ registries }: ReleaseDetail): string {
  const of = (state: RegistryStanding['state']) =>
    registries.filter((standing) => standing.state === state).map(({ region }) => region);
  const [moved, missing] = [of('moved'), of('missing')];
  if (moved.length > 0) return `its tag names another image in ${listOf(moved)}`;
  if (missing.length > 0) return `its image is not in the registry of ${listOf(missing)}`;
  return `whether the registry of ${listOf(of('unknown'))} has its image is not known`;
}

function registryWords(release: ReleaseDetail): string {
  if (release.inEveryRegistry) return 'Every Region’s registry has its image.';
  return `${capitalized(stopWords(release))}.`;
}

function stagingWords({ staging }: ReleaseDetail): string {
  return staging ? `Proven in staging by ${staging.operation}.` : 'Not proven in staging.';
}

const REMARK_STATUS = {
  moved: 'critical',
  missing: 'warning',
  unknown: 'unknown',
  'mutable-tags': 'warning',
  scan: 'warning',
} as const satisfies Record<RegistryRemark['code'], Status>;

const REMARK_TITLES = {
  moved: 'Its tag names another image.',
  missing: 'It is not everywhere.',
  unknown: 'A registry was not seen.',
  'mutable-tags': 'Mutable tags.',
  scan: 'Vulnerable.',
} as const satisfies Record<RegistryRemark['code'], string>;

function remarksOf({ bad, judge, remarks, liveIn }: ReleaseDetail): ReleaseModel['remarks'] {
  const other = liveIn.filter(({ sameImage }) => sameImage === false);
  return [
    ...(bad
      ? [
          {
            id: 'bad',
            status: 'critical' as const,
            title: `Marked bad by ${[judge?.name ?? 'a gate', bad.operation].filter(Boolean).join(', ')}.`,
            text: 'Nothing is deployed or rolled back to it until somebody clears it.',
          },
        ]
      : []),
    ...(other.length > 0
      ? [
          {
            id: 'other-image',
            status: 'critical' as const,
            title: 'Another image runs under its name.',
            text: `What serves users in ${listOf(other.map(({ environment, region }) => `${region} of ${environment}`))} is not the image that was registered.`,
          },
        ]
      : []),
    ...remarks.map(({ code, message }) => ({
      id: code,
      status: REMARK_STATUS[code],
      title: REMARK_TITLES[code],
      text: message,
    })),
  ];
}

const SCHEMA_WORDS = {
  none: 'No change of the schema',
  expand: 'Expands it: can be rolled back',
  contract: 'Contracts it: no rollback past it',
} as const satisfies Record<SchemaChange, string>;

function factsOf(
  release: ReleaseDetail,
  { estate, badIn }: { estate: Estate; badIn: string },
): ReleaseFact[] {
  const { schema, schemaNote, author, registrant, registeredAt, changeUrl, staging, bad } = release;
  return [
    { term: 'Author', text: author },
    { term: 'Registered by', text: registrant.name, at: registeredAt },
    ...(changeUrl ? [{ term: 'Change', text: changeUrl, external: changeUrl }] : []),
    { term: 'Database', text: `${SCHEMA_WORDS[schema]}. ${schemaNote}` },
    staging
      ? {
          term: 'Proven in staging',
          text: staging.operation,
          href: routes.operation(staging.operation, within(estate, STAGING)),
        }
      : { term: 'Proven in staging', text: 'not yet' },
    ...(bad?.operation
      ? [
          {
            term: 'Shown bad by',
            text: bad.operation,
            href: routes.operation(bad.operation, within(estate, badIn)),
          },
        ]
      : []),
  ];
}

function regionRow(
  release: ReleaseDetail,
  { estate, environment }: { estate: Estate; environment: string },
  region: string,
): ReleaseRegion {
  const standing = release.registries.find((candidate) => candidate.region === region);
  return {
    region,
    href: routes.region(region, within(estate, environmentWith(region, { estate, environment }))),
    registry: registryWord(standing, release),
    pushedAt: standing?.pushedAt ?? null,
    scan: scanWords(standing?.scan ?? null),
    observedAt: standing?.observedAt ?? null,
    live: estate.environments.map(({ name, regions }) =>
      regions.includes(region)
        ? liveCell(release.liveIn.find((place) => place.region === region && place.environment === name))
        : null,
    ),
  };
}

/** The environment looked at where the Region is one of its own, else the first that has it: there its page is. */
function environmentWith(
  region: string,
  { estate, environment }: { estate: Estate; environment: string },
): string {
  const having = estate.environments.filter(({ regions }) => regions.includes(region));
  return (having.find(({ name }) => name === environment) ?? having[0])?.name ?? environment;
}

function registryWord(
  standing: RegistryStanding | undefined,
  { version }: ReleaseDetail,
): ReleaseRegion['registry'] {
  switch (standing?.state) {
    case 'present':
      return {
        status: 'ok',
        word: 'has it',
        text: standing.taggedDigest === null ? `without the tag ${version}` : null,
      };
    case 'moved':
      return {
        status: 'critical',
        word: 'tag moved',
        text: `${version} is ${shortDigest(standing.taggedDigest ?? '')}`,
      };
    case 'missing':
      return { status: 'warning', word: 'missing', text: null };
    default:
      return { status: 'unknown', word: 'not known', text: standing?.why ?? null };
  }
}

function scanWords(scan: RegistryStanding['scan']): string | null {
  if (scan === null) return null;
  if (scan.critical + scan.high === 0) return 'scan found nothing bad';
  return `scan: ${scan.critical} critical, ${scan.high} high`;
}

function liveCell(place: LivePlace | undefined): LiveCell {
  if (!place) return { status: 'waiting', word: 'not live', text: null, since: null };
  const other = place.sameImage === false;
  return {
    status: other ? 'critical' : 'ok',
    word: other ? 'live, another image' : 'live',
    text: place.colour,
    since: place.since,
  };
}

function markPlan({ version, liveIn }: ReleaseDetail): ActPlan {
  return {
    title: `Mark ${version} bad`,
    note: 'for every Region and environment',
    changes: [
      { label: 'Deploying it', before: 'as its checks allow', after: 'refused' },
      { label: 'Rolling back to it', before: 'as its checks allow', after: 'refused' },
      { label: 'Its image under another version', before: 'can be registered', after: 'refused' },
    ],
    changeNote: 'An approver who did not register it can clear it again.',
    checks: [
      {
        id: 'live',
        status: liveIn.length === 0 ? 'ok' : 'warning',
        text:
          liveIn.length === 0
            ? 'It serves nobody.'
            : `It serves users in ${listOf(liveIn.map(({ region, environment }) => `${region} of ${environment}`))}.`,
        ...(liveIn.length === 0 ? {} : { reason: 'Marking it changes nothing there: roll it back.' }),
      },
    ],
    agreement: 'Nobody else. Saying that something is bad is always possible.',
    verb: `Mark ${version} bad`,
    reason: 'required',
  };
}

function clearPlan({ version, bad, judge }: ReleaseDetail): ActPlan {
  return {
    title: `Clear ${version}`,
    note: 'for every Region and environment',
    changes: [
      { label: 'Verdict', before: `bad, by ${judge?.name ?? 'a gate'}`, after: 'none' },
      { label: 'Deploying it', before: 'refused', after: 'as its checks allow' },
    ],
    changeNote: bad ? `It was marked bad because: ${bad.reason}` : '',
    checks: [
      {
        id: 'second',
        status: 'ok',
        text: 'You did not register it.',
        reason: 'Whoever did never says that it is good after all.',
      },
    ],
    agreement: 'Nobody else. A deployment of it needs its own approval all the same.',
    verb: `Clear ${version}`,
    reason: 'required',
  };
}
