import { AwsFault } from '#lab/wire/service.ts';
import { invalidParameter, invalidRequest, notFound } from './faults.ts';
import { CURRENT, PREVIOUS, type SecretVersion } from './records.ts';

const MOST_STAGES = 20;
/** Beyond these, versions without a stage are deleted, the oldest first. */
const MOST_VERSIONS = 100;

/** The version that a read names by id, by stage or by both; AWSCURRENT when by neither. */
export function pickVersion(
  versions: SecretVersion[],
  { VersionId: id, VersionStage: stage }: { VersionId?: string; VersionStage?: string },
): SecretVersion {
  const wanted = stage ?? (id === undefined ? CURRENT : undefined);
  const found = versions.find(
    (version) => (id === undefined || version.id === id) && (!wanted || version.stages.includes(wanted)),
  );
  if (found) return found;
  const byId = versions.find((version) => version.id === id);
  if (id !== undefined && byId)
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  const said = id === undefined ? `staging label: ${wanted}` : `VersionId: ${id}`;
  throw notFound(`Secrets Manager can't find the specified secret value for ${said}`);
}

/**
 * The versions with a new one that has these stages; whoever had them loses them, and what was current becomes the previous
 * one. The same id with the same value changes nothing.
 */
export function addVersion(versions: SecretVersion[], added: SecretVersion, arn: string): SecretVersion[] {
  const known = versions.find((version) => version.id === added.id);
  if (known) {
    if (known.kind === added.kind && known.value === added.value) return versions;
    throw new AwsFault(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${added.id} because that value is already in use for a version of secret ${arn}.`,
    );
  }
  if (added.stages.length > MOST_STAGES)
    throw invalidParameter(`A version can have at most ${MOST_STAGES} staging labels.`);
  const placed = added.stages.reduce(
    (all, stage) => moveStage(all, stage, added.id),
    [...versions, { ...added, stages: [] }],
  );
  const surplus = placed
    .filter(({ stages }) => stages.length === 0)
    .slice(0, Math.max(0, placed.length - MOST_VERSIONS));
  return placed.filter((version) => !surplus.includes(version));
}

/** Puts a stage on one version alone; undefined takes it away. AWSPREVIOUS follows AWSCURRENT. */
function moveStage(versions: SecretVersion[], stage: string, to: string | undefined): SecretVersion[] {
  const holder = versions.find(({ stages }) => stages.includes(stage));
  if (holder?.id === to) return versions;
  const moved = versions.map((version) => {
    const others = version.stages.filter((one) => one !== stage);
    return { ...version, stages: version.id === to ? [...others, stage] : others };
  });
  return stage === CURRENT && holder ? moveStage(moved, PREVIOUS, holder.id) : moved;
}

interface StageMove {
  stage: string;
  from: string | undefined;
  to: string | undefined;
}

/** UpdateSecretVersionStage: a stage that is somewhere has to be taken from there by name. */
export function changeStage(versions: SecretVersion[], { stage, from, to }: StageMove): SecretVersion[] {
  const holder = versions.find(({ stages }) => stages.includes(stage));
  for (const id of [from, to]) {
    if (id !== undefined && !versions.some((version) => version.id === id))
      throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${id}`);
  }
  if (from === undefined && to === undefined)
    throw invalidParameter('You must specify MoveToVersionId, RemoveFromVersionId or both.');
  if (holder && holder.id !== from && holder.id !== to) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (from !== undefined && holder?.id !== from)
    throw invalidParameter(`Staging label ${stage} is not attached to version ${from}.`);
  if (to === undefined && stage === CURRENT)
    throw invalidParameter(`You can only move staging label ${CURRENT} to a different version.`);
  return moveStage(versions, stage, to);
}
