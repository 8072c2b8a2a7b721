/** What a release does to the database's schema: copies get every change at once, so two versions share it (aws-facts C-12). */
export const SCHEMA_CHANGES = ['none', 'expand', 'contract'] as const;
export type SchemaChange = (typeof SCHEMA_CHANGES)[number];

/** One version of the application, as it was registered; the digest never changes. */
export interface Release {
  /** `v2.1.0` */
  version: string;
  /** `sha256:…` of the image's manifest: the same in every Region's registry, or it is not deployed (aws-facts R-18). */
  digest: string;
  schema: SchemaChange;
  /** The statement on compatibility: what older code may still rely on. */
  schemaNote: string;
  notes: string;
  changeUrl: string | null;
  /** Who wrote the change, as CI or the person who registered it said; never counts as its approver. */
  author: string;
  registeredBy: string;
  /** ISO. */
  registeredAt: string;
  /** Set where it was rolled back or found to be bad: nothing is deployed or rolled back to it. */
  bad: ReleaseVerdict | null;
}

export interface ReleaseVerdict {
  /** ISO. */
  at: string;
  /** Person id; null: a gate decided it. */
  by: string | null;
  reason: string;
  /** The deployment that showed it. */
  operation: string | null;
}

export const VERSION_PATTERN = /^v\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,40})?$/;
export const DIGEST_PATTERN = /^sha256:[0-9a-f]{64}$/;

/** The image's digest as people compare it: `sha256:4f1c9a…`, twelve digits. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

/** Tags that a registry's users move from image to image: what they name today is not what they named yesterday. */
const MOVING_WORDS: ReadonlySet<string> = new Set(
  'latest stable main master trunk head edge nightly next dev develop development test testing staging prod production release current canary rc beta alpha'.split(
    ' ',
  ),
);

/** Why that is no version to register, in words that go on after "version"; null where it is one. */
export function versionProblem(version: string): string | null {
  if (VERSION_PATTERN.test(version)) return null;
  if (MOVING_WORDS.has(version.toLowerCase()))
    return `is "${version}", a tag that moves from image to image: what was approved and what runs could differ. Register a version such as v2.1.0`;
  if (/^v?\d{1,6}(\.\d{1,6})?$/.test(version))
    return `is "${version}", which moves with every release of that line. Register all of it, such as v2.1.0`;
  if (/^\d{1,6}\.\d{1,6}\.\d{1,6}/.test(version)) return 'lacks its v: a version reads v2.1.0';
  return 'is not a version such as v2.1.0 or v2.1.0-rc.1';
}

/** What registering comes to: a rule answers with its reason. */
export type Registration =
  | { kind: 'new' }
  /** Registered before, with the same image: nothing is written. */
  | { kind: 'again' }
  | { kind: 'conflict'; reason: string }
  | { kind: 'refused'; code: 'bad-image'; reason: string };

/**
 * What is registered stays: the same version with the same image is the same release, with another it is a mistake. An image
 * that was found to be bad is not registered anew under another version.
 */
export function judgeRegistration(
  wanted: Pick<Release, 'version' | 'digest' | 'schema'>,
  existing: Pick<Release, 'digest' | 'schema'> | null,
  badTwin: { version: string; reason: string } | null,
): Registration {
  const { version } = wanted;
  if (existing && existing.digest !== wanted.digest)
    return {
      kind: 'conflict',
      reason: `${version} was not registered: it is ${shortDigest(existing.digest)} already, and this is ${shortDigest(wanted.digest)}. A version is one image for good; register this one under a new version.`,
    };
  if (existing && existing.schema !== wanted.schema)
    return {
      kind: 'conflict',
      reason: `${version} was not registered again: its schema change is "${existing.schema}" on record, and "${wanted.schema}" now. What others may have approved does not change; register a new version.`,
    };
  if (existing) return { kind: 'again' };
  if (badTwin)
    return {
      kind: 'refused',
      code: 'bad-image',
      reason: `${version} was not registered: its image is that of ${badTwin.version}, which was found to be bad: ${badTwin.reason}`,
    };
  return { kind: 'new' };
}

export type ReleaseRule = { allowed: true } | { allowed: false; code: string; reason: string };

export function mayMarkBad({ version, bad }: Pick<Release, 'version' | 'bad'>): ReleaseRule {
  if (bad)
    return {
      allowed: false,
      code: 'bad-already',
      reason: `${version} is marked bad already: ${bad.reason}`,
    };
  return { allowed: true };
}

/** Whoever registered a release has an interest in it, and does not say that it is good after all. */
export function mayClear(
  { version, bad, registeredBy }: Pick<Release, 'version' | 'bad' | 'registeredBy'>,
  personId: string | null,
): ReleaseRule {
  if (!bad) return { allowed: false, code: 'not-bad', reason: `${version} is not marked bad.` };
  if (personId === null || personId === registeredBy)
    return {
      allowed: false,
      code: 'own-release',
      reason: `You registered ${version}; somebody else has to say that it is good after all.`,
    };
  return { allowed: true };
}
