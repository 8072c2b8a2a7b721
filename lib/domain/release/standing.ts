import {
  MOST_REGISTRY_IMAGES,
  type RegistryObservation,
  type ServiceObservation,
} from '../observation/kinds.ts';
import type { Known } from '../observation/known.ts';
import { type Release, shortDigest } from './release.ts';

type Image = Pick<Release, 'version' | 'digest'>;

/**
 * Where a release stands in one Region's registry. `moved`: the version's tag names another image there, so that what is
 * pulled by tag is not what was registered. `unknown` is never taken for present (PRODUCT.md, Rules).
 */
export interface RegistryStanding {
  region: string;
  state: 'present' | 'missing' | 'moved' | 'unknown';
  /** The image that the version's tag names there; null where no image carries it. */
  taggedDigest: string | null;
  /** Whether the registered image itself is there; null while unknown. */
  hasImage: boolean | null;
  pushedAt: string | null;
  scan: { status: string; critical: number; high: number } | null;
  /** Whether the registry refuses to move tags; null while unknown. */
  immutableTags: boolean | null;
  observedAt: string | null;
  /** Why it is not known. */
  why: string | null;
}

/** How a release stands in the registry of one Region. */
export function registryStanding(
  release: Image,
  region: string,
  registry: Known<RegistryObservation>,
): RegistryStanding {
  const { observedAt, why } = registry;
  if (!registry.known) return { ...NOT_KNOWN, region, observedAt, why };
  const { images, immutableTags } = registry.value;
  const image = images.find(({ digest }) => digest === release.digest);
  const taggedDigest = images.find(({ tags }) => tags.includes(release.version))?.digest ?? null;
  const moved = taggedDigest !== null && taggedDigest !== release.digest;
  if (!moved && !image && images.length >= MOST_REGISTRY_IMAGES)
    return {
      ...NOT_KNOWN,
      region,
      immutableTags,
      observedAt,
      why: `it is not among the ${MOST_REGISTRY_IMAGES} newest images there`,
    };
  return {
    region,
    state: moved ? 'moved' : image ? 'present' : 'missing',
    taggedDigest,
    hasImage: image !== undefined,
    pushedAt: image?.pushedAt ?? null,
    scan: image?.scan ?? null,
    immutableTags,
    observedAt,
    why: null,
  };
}

const NOT_KNOWN = {
  state: 'unknown',
  taggedDigest: null,
  hasImage: null,
  pushedAt: null,
  scan: null,
  immutableTags: null,
} as const;

/** What is said of a release's place in the registries, worst first; empty where there is nothing to say. */
export interface RegistryRemark {
  code: 'moved' | 'missing' | 'unknown' | 'mutable-tags' | 'scan';
  /** `refuse`: it is not deployed like this. */
  severity: 'refuse' | 'warn';
  message: string;
}

export function registryRemarks(release: Image, standings: readonly RegistryStanding[]): RegistryRemark[] {
  return [
    ...movedRemark(release, standings),
    ...inState(standings, 'missing', (regions) => ({
      code: 'missing',
      severity: 'refuse',
      message: `${release.version} is not in the registry of ${listOf(regions)}: no cluster there can pull ${shortDigest(release.digest)}. Push the same image there.`,
    })),
    ...inState(standings, 'unknown', (regions) => ({
      code: 'unknown',
      severity: 'refuse',
      message: `Whether the registry of ${listOf(regions)} has ${release.version} is not known: ${standings.find(({ state }) => state === 'unknown')?.why ?? 'not observed'}.`,
    })),
    ...matching(
      standings,
      ({ immutableTags }) => immutableTags === false,
      (regions) => ({
        code: 'mutable-tags',
        severity: 'warn',
        message: `Tags can be moved in the registry of ${listOf(regions)}. Deployments name the image by its digest all the same; make the repository's tags immutable.`,
      }),
    ),
    ...scanRemark(release, standings),
  ];
}

/** "v2.1.0 is sha256:a… in eu-west-1 and was registered as sha256:b…": a tag that moved is a finding of the release. */
function movedRemark(release: Image, standings: readonly RegistryStanding[]): RegistryRemark[] {
  const byDigest = Map.groupBy(
    standings.filter(({ state }) => state === 'moved'),
    ({ taggedDigest }) => taggedDigest ?? '',
  );
  return [...byDigest].map(([digest, moved]) => ({
    code: 'moved',
    severity: 'refuse',
    message: `${release.version} is ${shortDigest(digest)} in ${listOf(moved.map(({ region }) => region))}, and was registered as ${shortDigest(release.digest)}: its tag was moved there, or another image was pushed under it. Push the registered image there, or register a new version.`,
  }));
}

function scanRemark(release: Image, standings: readonly RegistryStanding[]): RegistryRemark[] {
  const worst = standings
    .flatMap(({ scan }) => scan ?? [])
    .sort((a, b) => b.critical - a.critical || b.high - a.high)[0];
  if (!worst || worst.critical === 0) return [];
  return [
    {
      code: 'scan',
      severity: 'warn',
      message: `The registry's scan of ${release.version} found ${worst.critical} critical and ${worst.high} high vulnerabilities.`,
    },
  ];
}

function inState(
  standings: readonly RegistryStanding[],
  wanted: RegistryStanding['state'],
  remark: (regions: string[]) => RegistryRemark,
): RegistryRemark[] {
  return matching(standings, ({ state }) => state === wanted, remark);
}

function matching(
  standings: readonly RegistryStanding[],
  isMeant: (standing: RegistryStanding) => boolean,
  remark: (regions: string[]) => RegistryRemark,
): RegistryRemark[] {
  const regions = standings.filter(isMeant).map(({ region }) => region);
  return regions.length > 0 ? [remark(regions)] : [];
}

/** Whether the same image is in the registry of every one of these Regions, and its tag names nothing else (aws-facts R-18). */
export function isInEveryRegistry(standings: readonly RegistryStanding[]): boolean {
  return standings.length > 0 && standings.every(({ state }) => state === 'present');
}

/** Where a version serves users. */
export interface LivePlace {
  environment: string;
  region: string;
  colour: string | null;
  /** Null where nobody saw it become live. ISO. */
  since: string | null;
  /** Whether the image that runs is the one registered; null where the cluster does not name it by digest. */
  sameImage: boolean | null;
  observedAt: string | null;
}

/** The places in which the release takes users' traffic, as far as that is known now. */
export function livePlaces(
  release: Image,
  services: readonly { environment: string; region: string; service: Known<ServiceObservation> }[],
): LivePlace[] {
  return services.flatMap(({ environment, region, service }) => {
    if (!service.known || service.value.liveVersion !== release.version) return [];
    const running = liveDeployment(service.value);
    return [
      {
        environment,
        region,
        colour: service.value.liveColour ?? running?.colour ?? null,
        since: service.value.liveSince ?? null,
        sameImage: running?.digest ? running.digest === release.digest : null,
        observedAt: service.observedAt,
      },
    ];
  });
}

/** The Deployment that the Service's selector names: of that version, and of that colour where it names one. */
export function liveDeployment({ liveVersion, liveColour, deployments }: ServiceObservation) {
  const ofVersion = deployments.filter(({ version }) => version === liveVersion);
  return ofVersion.find(({ colour }) => liveColour && colour === liveColour) ?? ofVersion[0];
}

/** "us-east-1, eu-west-1 and ap-southeast-1" */
function listOf(regions: readonly string[]): string {
  return regions.length < 2 ? (regions[0] ?? '') : `${regions.slice(0, -1).join(', ')} and ${regions.at(-1)}`;
}
