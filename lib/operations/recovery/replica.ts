import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { UnansweredError } from '../../ports/aws.ts';
import type { NewReplica } from '../../ports/recovery.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { pollUntil } from '../poll.ts';
import {
  CreateReplicaInput,
  DeleteReplicaInput,
  DiscardDrillInput,
  type Place,
  RedundancyInput,
} from './input.ts';
import { instanceIdOf, operationNumber, requireDatabase } from './instance.ts';
import { reachState } from './reach-state.ts';
import { readFirst, sourceStands } from './read-first.ts';
import { isRefusal } from './refusal.ts';
import { awaitToken, writeToken } from './token.ts';
import { untilAnswered } from './until-answered.ts';

/** Creation and deletion take minutes to hours: soon at first, then every fifteen seconds (aws-facts part 5). */
const POLL = { everyMs: 500, longestMs: 15_000 };
/** A copy that replicates shows a token within this; one that is far behind takes longer and is waited for. */
const TOKEN_MS = 30 * 60_000;
const LOOK_AGAIN_SECONDS = 10;
/** A copy that was just given its settings is back soon. */
const NEXT_LOOK_SECONDS = 2;
/** One that is given its settings, or restarts, replicates again within this, ms. */
const REPLICATES_AGAIN_MS = 10 * 60_000;

/**
 * A new replica of the writer (aws-facts B-19): the Region's own key, groups and class, and the source by its ARN, as RDS
 * can re-point none (B-03). It takes the declared id where that is free, else one with the operation's number. Done when it
 * replicates and shows a token that was committed on the writer after that.
 */
export const createReplica: StepAction = {
  async run(context) {
    const input = CreateReplicaInput.parse(context.step.input);
    const { region, source } = input;
    const from = await requireDatabase(context, source);
    const found = await findOwn(context, { ...input, sourceArn: from.arn });
    if (found) {
      await context.evidence({
        kind: 'fact',
        text: `${found.instanceId} replicates from ${from.instanceId}: ${found.status}`,
      });
    }
    const instanceId = found?.instanceId ?? (await chooseId(context, input));
    if (!found) await request(context, { input, instanceId, sourceArn: from.arn });
    const place: Place = { region, instance: { instanceId } };
    const made = await followCreation(context, place);
    if (!isWhole(made)) {
      return {
        status: 'fail',
        note: `${instanceId} in ${region} came out as ${made.role}, ${made.status}. See its events in RDS, delete it, then rebuild.`,
      };
    }
    const token = await writeToken(context, source);
    const passed = await awaitToken(context, place, { token, withinMs: TOKEN_MS });
    if (!passed) {
      return {
        status: 'hold',
        note: `${instanceId} replicates and has not shown the token of ${token.lsn} for ${TOKEN_MS / 60_000} min: it is behind. Looks again with another token.`,
        seconds: LOOK_AGAIN_SECONDS,
      };
    }
    const text = `${instanceId} in ${region} replicates from ${from.instanceId} and showed a token after ${passed.ms} ms`;
    await context.evidence({ kind: 'fact', text, data: { arn: made.arn, sourceArn: from.arn, ...token } });
    return {
      status: found && context.attempt === 1 ? 'skipped' : 'done',
      note: `${text}.`,
      output: { instanceId, arn: made.arn, replicatesAtMs: context.now().getTime() },
    };
  },
};

/** Waits until it replicates, or is seen never to. */
function followCreation(context: StepContext, place: Place): Promise<DatabaseObservation> {
  return pollUntil(context, {
    what: 'the state of the new copy',
    ...POLL,
    ask: () => requireDatabase(context, place),
    isDone: (found) =>
      !isWhole(found) || (found.status === 'available' && found.replication === 'replicating'),
  });
}

/** A copy that is one, or becomes one. */
function isWhole({ role, status }: DatabaseObservation): boolean {
  return role === 'replica' && !FAILED.has(status);
}

const FAILED: ReadonlySet<string> = new Set([
  'failed',
  'deleting',
  'restore-error',
  'incompatible-network',
  'incompatible-parameters',
  'incompatible-restore',
  'inaccessible-encryption-credentials',
]);

interface Wanted {
  region: string;
  declaredId: string;
  throwaway?: true | undefined;
}

/** Ids that this operation may give: the declared one, and one of its own. */
function idsOf(context: StepContext, { declaredId, throwaway }: Wanted): string[] {
  const number = operationNumber(context.operation.id);
  return throwaway ? [`${declaredId}-drill-${number}`] : [declaredId, `${declaredId}-${number}`];
}

/** What an earlier attempt made, or what stands there already: a replica of that very source, not one that has broken off. */
async function findOwn(
  context: StepContext,
  wanted: Wanted & { sourceArn: string },
): Promise<DatabaseObservation | undefined> {
  const ids = idsOf(context, wanted);
  const instances = await context.aws.listDatabases(wanted.region);
  return instances.find(
    ({ instanceId, sourceArn, status, replication }) =>
      ids.includes(instanceId) &&
      sourceArn === wanted.sourceArn &&
      !FAILED.has(status) &&
      !BROKEN_OFF.has(replication ?? ''),
  );
}

/** Replication that does not come back by itself. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['terminated', 'error', 'stopped']);

async function chooseId(context: StepContext, wanted: Wanted): Promise<string> {
  const instances = await context.aws.listDatabases(wanted.region);
  const free = idsOf(context, wanted).find((id) => !instances.some(({ instanceId }) => instanceId === id));
  if (free) return free;
  throw new Error(
    `RDS in ${wanted.region} has instances of both names that a new copy could have, ${idsOf(context, wanted).join(' and ')}, and neither replicates from the writer. Delete or rename one, then resume.`,
  );
}

async function request(
  context: StepContext,
  { input, instanceId, sourceArn }: { input: CreateReplicaRequest; instanceId: string; sourceArn: string },
): Promise<void> {
  const replica: NewReplica = {
    instanceId,
    sourceArn,
    class: input.class,
    multiAz: input.multiAz,
    kmsKeyId: input.kmsKeyId,
    securityGroupIds: await groupsFor(context, input),
    operation: `meridian:operation=${context.operation.id}`,
  };
  const wanted = { what: `the replica ${instanceId}`, ...POLL };
  await untilAnswered(context, wanted, async () => {
    try {
      await context.aws.createReplica(input.region, replica);
    } catch (error) {
      // The port compares source and tag of one that exists: a twin of ours is no refusal, and comes back as accepted.
      if (isRefusal(error, 'DBInstanceAlreadyExists'))
        throw new Error(
          `RDS in ${input.region} has another instance named ${instanceId}. Delete or rename it, then resume.`,
        );
      throw error;
    }
  });
  await context.evidence({
    kind: 'fact',
    text: `RDS in ${input.region} took the request for ${instanceId}, a copy of ${sourceArn}`,
    data: { ...replica },
  });
}

type CreateReplicaRequest = ReturnType<typeof CreateReplicaInput.parse>;

/** Groups of the copy that stood there before, unless that was shut: then the Region's database group. */
async function groupsFor(
  context: StepContext,
  { region, securityGroupIds }: CreateReplicaRequest,
): Promise<string[]> {
  const { estate, aws } = context;
  const denyAll = await aws.findSecurityGroup(region, `${estate.estate}-deny-all`);
  const open = securityGroupIds.filter((id) => id !== denyAll);
  if (open.length > 0) return open;
  const group = await aws.findSecurityGroup(region, `${estate.estate}-database`);
  if (group) return [group];
  throw new Error(
    `The VPC of ${region} has no security group named ${estate.estate}-database for the new copy. Make one that lets the shops in, then resume.`,
  );
}

/**
 * Deletes a copy that something else has replaced. Never a primary, never the writer's source, never while its replacement
 * does not replicate (aws-facts B-04, R-11); and where it may have come further than the writer, not before what only it has
 * is listed: once it is deleted nobody else has it.
 */
export const deleteReplica: StepAction = {
  async run(context) {
    const input = DeleteReplicaInput.parse(context.step.input);
    const { region, replacedBy } = input;
    const instanceId = instanceIdOf(context, input.instance);
    const refusal = replacedBy === undefined ? undefined : await notReplaced(context, input);
    if (refusal) return refusal;
    const found = await context.aws.findDatabase(region, instanceId);
    if (!found) return { status: 'skipped', note: `${instanceId} is not in ${region} any more.` };
    const throwaway = instanceId.includes('-drill-');
    if (found.role === 'primary' && !throwaway) {
      return {
        status: 'fail',
        note: `${instanceId} is a primary and is not deleted: look at who promoted it.`,
      };
    }
    const read = throwaway
      ? await sourceStands(context, instanceId, input.copyOf)
      : await readFirst(context, instanceId, input);
    if (read.kind === 'stays') return read.outcome;
    await removeInstance(context, found, region);
    const note = `${instanceId} is deleted; its slot holds nothing back any more.`;
    return { status: 'done', note, ...(read.output ? { output: read.output } : {}) };
  },
};

/** Whatever is left of a drill's throw-away copy: nothing of production's has such a name. */
export const discardDrill: StepAction = {
  async run(context) {
    const { region, declaredId, copyOf } = DiscardDrillInput.parse(context.step.input);
    const [instanceId = ''] = idsOf(context, { region, declaredId, throwaway: true });
    const found = await context.aws.findDatabase(region, instanceId);
    if (!found) return { status: 'skipped', note: `${instanceId} is not in ${region}.` };
    const read = await sourceStands(context, instanceId, copyOf);
    if (read.kind === 'stays') return read.outcome;
    await removeInstance(context, found, region);
    return { status: 'done', note: `${instanceId} is deleted.` };
  },
};

/** Deletes it and waits until RDS has it no more. */
async function removeInstance(
  context: StepContext,
  found: DatabaseObservation,
  region: string,
): Promise<void> {
  const { instanceId } = found;
  const place: Place = { region, instance: { instanceId } };
  if (found.deletionProtection) {
    await reachState(context, {
      what: `the deletion protection of ${instanceId}`,
      ...POLL,
      read: () => requireDatabase(context, place),
      isSo: ({ deletionProtection }) => !deletionProtection,
      write: () => context.aws.modifyDatabase(region, instanceId, { deletionProtection: false }),
    });
  }
  await untilAnswered(context, { what: `the deletion of ${instanceId}`, ...POLL }, () =>
    context.aws.deleteReplica(region, instanceId),
  );
  await pollUntil(context, {
    what: `whether ${instanceId} is gone`,
    ...POLL,
    ask: () => context.aws.findDatabase(region, instanceId),
    isDone: (still) => still === null,
  });
  await context.evidence({ kind: 'fact', text: `${instanceId} is deleted from ${region}` });
}

async function notReplaced(
  context: StepContext,
  { region, replacedBy = '', instance }: DeleteReplicaInput,
): Promise<StepOutcome | undefined> {
  const old = instanceIdOf(context, instance);
  const { instanceId: next } = context.outputs[replacedBy] ?? {};
  if (typeof next !== 'string' || next === old) {
    return { status: 'skipped', note: `${old} stays: nothing has taken its place.` };
  }
  const found = await context.aws.findDatabase(region, next);
  if (found?.replication === 'replicating') return undefined;
  const note = `${old} stays for now: ${next}, which is to take its place, is ${found?.status ?? 'gone'}, its replication ${found?.replication ?? 'unknown'}.`;
  // It replicated when it was made: what does not come back soon is for people to see, and to go on without.
  const waitedMs = context.now().getTime() - context.firstStartedAtMs;
  if (waitedMs < REPLICATES_AGAIN_MS) return { status: 'wait', note, seconds: NEXT_LOOK_SECONDS };
  return { status: 'hold', note, seconds: LOOK_AGAIN_SECONDS };
}

/** A second copy replicates, in another Region if there is one: what stops the clock of redundancy. */
export const verifyRedundancy: StepAction = {
  async run(context) {
    const { writer, regions } = RedundancyInput.parse(context.step.input);
    const { arn } = await requireDatabase(context, writer);
    const copies = await Promise.all(
      regions.map(async (region) => {
        const instances = await listOrNothing(context, region);
        return instances.filter(
          ({ sourceArn, replication }) => sourceArn === arn && replication === 'replicating',
        );
      }),
    );
    const ids = copies.flat().map(({ instanceId }) => instanceId);
    const text =
      ids.length > 0
        ? `${ids.join(' and ')} ${ids.length === 1 ? 'replicates' : 'replicate'} from ${arn}`
        : `Nothing replicates from ${arn}`;
    await context.evidence({ kind: ids.length > 0 ? 'fact' : 'note', text });
    if (ids.length > 0) {
      return { status: 'done', note: `${text}.`, output: { restored: true, copies: ids } };
    }
    return {
      status: 'skipped',
      note: `${text}: the writer is the only copy. Rebuild a Region as soon as one answers.`,
      output: { restored: false, copies: [] },
    };
  },
};

/** A Region that does not answer has no copy that anybody could count on; one that has no time is asked again. */
async function listOrNothing(context: StepContext, region: string): Promise<DatabaseObservation[]> {
  try {
    return await context.aws.listDatabases(region);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof UnansweredError && error.throttled) throw error;
    const why = error instanceof Error ? error.message : String(error);
    await context.evidence({ kind: 'note', text: `${region} is not counted: ${why}` });
    return [];
  }
}
