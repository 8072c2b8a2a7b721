import { setTimeout as sleep } from 'node:timers/promises';
import { isThrottled } from '../../ports/throttling.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { dropSessions, isShut, proveShut, requireDenyAll, shutDoor } from './fence.ts';
import { type Place, SealWriterInput, VerifyReplicationInput } from './input.ts';
import { instanceIdOf, requireDatabase } from './instance.ts';
import { reachState } from './reach-state.ts';
import { messageOf } from './refusal.ts';
import { awaitToken, type Token, writeToken } from './token.ts';

const USUAL_LAG_MS = 10_000;
const TIGHT_MS = 100;
/** Between two rounds of ending sessions: a server process takes a moment to end, ms. */
const ROUND_MS = 25;
/** Sessions that keep coming back for so long came through a door that is not shut, ms. */
const ROUNDS_MS = 10_000;

interface Seal {
  region: string;
  instanceId: string;
  denyAll: string;
  /** Groups that let clients in. */
  open: string[];
  writer: Place;
  target: Place;
  endpoint: string;
  from: string[];
  gateMs: number;
  /** When every order that had passed the freeze's look has ended, ms. */
  quietAtMs: number;
}

/**
 * Ends a frozen writer so that nothing acknowledged is left behind on it (aws-facts 2.4, steps 4 to 6). The freeze stops new
 * orders; those on their way can still commit, on sessions that stand or on new ones. So: a session of ours is opened, the
 * door is shut behind it and proven shut from every Region, all other sessions are ended until none is left, and then a
 * token is committed. Nobody can have written after it, so once the target has it, the target has everything. Where our
 * session does not survive the shutting, the orders' own time limit is waited out before the token instead, and a reboot
 * ends what sessions are left.
 */
export const sealWriter: StepAction = {
  async run(context) {
    const input = SealWriterInput.parse(context.step.input);
    const { writer, target } = input;
    const database = await requireDatabase(context, writer);
    if (database.endpoint === null) {
      return {
        status: 'fail',
        note: `${database.instanceId} has no endpoint, so nobody could be turned away from it.`,
      };
    }
    const seal: Seal = {
      region: writer.region,
      instanceId: database.instanceId,
      denyAll: await requireDenyAll(context, writer.region),
      open: input.securityGroupIds,
      writer,
      target,
      endpoint: database.endpoint,
      from: input.proveFrom,
      gateMs: input.gateSeconds * 1_000,
      quietAtMs: context.firstStartedAtMs + input.orderLimitSeconds * 1_000,
    };
    // An attempt that died with the door shut took its session along: nobody is inside any more to write the token.
    if (isShut(database, seal.denyAll)) await openDoor(context, seal);
    const sealed = (await sealFromInside(context, seal)) ?? (await sealByWaiting(context, seal));
    if (!sealed.passed) return gateRefusal(seal, sealed.token);
    const { token, passed } = sealed;
    const targetId = instanceIdOf(context, target.instance);
    await context.evidence({
      kind: 'gate',
      text: `${targetId} has replayed ${token.lsn} and shows the token, ${passed.ms} ms after it was committed on ${seal.instanceId} as the last row`,
      data: { band: 'pass', ...token, ms: passed.ms },
    });
    return {
      status: 'done',
      note: `${seal.instanceId} is shut and has no sessions; ${targetId} has all that was committed on it.`,
      output: {
        fenced: 'done',
        instanceId: seal.instanceId,
        endpoint: database.endpoint,
        before: seal.open,
        denyAll: seal.denyAll,
        token,
        sealedBy: sealed.by,
        sealedAtMs: context.now().getTime(),
      },
    };
  },
};

interface Sealed {
  by: 'session' | 'waiting';
  token: Token;
  /** Undefined where the target does not have the token in time. */
  passed: { ms: number } | undefined;
}

/** With a session that was open before the door was shut. Undefined where it did not survive that. */
async function sealFromInside(context: StepContext, seal: Seal): Promise<Sealed | undefined> {
  const { region, instanceId } = seal;
  await context.aws.readWal(region, instanceId);
  await shutDoor(context, seal);
  if (!(await isInside(context, seal))) return undefined;
  // Before the last sessions are ended: one that came in meanwhile is then among them, and none comes after.
  await proveShut(context, seal);
  const ended = await endSessions(context, seal);
  const token = await writeToken(context, seal.writer);
  await context.evidence({
    kind: 'fact',
    text: `${ended} sessions ended on ${instanceId} behind the shut door, none left; token committed at ${token.lsn}`,
    data: { ended, ...token },
  });
  const passed = await awaitToken(context, seal.target, { token, withinMs: seal.gateMs });
  return { by: 'session', token, passed };
}

/** Whether our session still stands behind the shut door; most of the others are ended with the same question. */
async function isInside(context: StepContext, { region, instanceId }: Seal): Promise<boolean> {
  try {
    await context.aws.terminateSessions(region, instanceId);
    return true;
  } catch (error) {
    context.signal.throwIfAborted();
    // Says nothing of our session: it is asked again.
    if (isThrottled(error)) throw error;
    await context.evidence({
      kind: 'note',
      text: `No session of ours is left inside ${instanceId} (${messageOf(error)}): opens again and waits until orders on their way have ended`,
    });
    return false;
  }
}

/** Without one: orders that passed the freeze's look have all ended when their time limit is over. */
async function sealByWaiting(context: StepContext, seal: Seal): Promise<Sealed> {
  const { region, instanceId } = seal;
  await openDoor(context, seal);
  const leftMs = seal.quietAtMs - context.now().getTime();
  if (leftMs > 0) await sleep(leftMs, undefined, { signal: context.signal });
  const ended = await context.aws.terminateSessions(region, instanceId);
  const token = await writeToken(context, seal.writer);
  await context.evidence({
    kind: 'fact',
    text: `Every order on its way has ended by its time limit; ${ended} sessions ended on ${instanceId}, token committed at ${token.lsn}`,
    data: { ended, ...token },
  });
  const passed = await awaitToken(context, seal.target, { token, withinMs: seal.gateMs });
  if (passed) {
    await shutDoor(context, seal);
    await dropSessions(context, seal);
    await proveShut(context, seal);
  }
  return { by: 'waiting', token, passed };
}

/** Ends sessions until none is left; how many were ended. */
async function endSessions(context: StepContext, { region, instanceId }: Seal): Promise<number> {
  const startedAt = performance.now();
  let ended = 0;
  for (;;) {
    const now = await context.aws.terminateSessions(region, instanceId);
    if (now === 0) return ended;
    ended += now;
    if (performance.now() - startedAt > ROUNDS_MS) throw new Error(`${now} sessions came back through it`);
    await sleep(ROUND_MS, undefined, { signal: context.signal });
  }
}

async function openDoor(context: StepContext, { region, instanceId, open, denyAll }: Seal): Promise<void> {
  await reachState(context, {
    what: `the security groups of ${instanceId}`,
    everyMs: TIGHT_MS,
    longestMs: 2_000,
    read: () => requireDatabase(context, { region, instance: { instanceId } }),
    isSo: (found) => !isShut(found, denyAll),
    write: () => context.aws.modifyDatabase(region, instanceId, { securityGroupIds: open }),
  });
}

function gateRefusal({ instanceId, gateMs }: Seal, { lsn }: Token): StepOutcome {
  return {
    status: 'fail',
    note: `The new writer does not have what was committed on ${instanceId} at ${lsn} within ${gateMs / 1_000} s: replication stands or is far behind. Nothing was promoted; writes go back to ${instanceId}.`,
  };
}

/** Before anybody is kept from ordering: a token written now arrives, and soon. */
export const verifyReplication: StepAction = {
  async run(context) {
    const { writer, target } = VerifyReplicationInput.parse(context.step.input);
    const token = await writeToken(context, writer);
    const passed = await awaitToken(context, target, { token, withinMs: USUAL_LAG_MS });
    const targetId = instanceIdOf(context, target.instance);
    if (!passed) {
      return {
        status: 'fail',
        note: `${targetId} does not have a row that was committed ${USUAL_LAG_MS / 1_000} s ago at ${token.lsn}. Wait until replication has caught up, then plan again.`,
      };
    }
    const text = `A token committed at ${token.lsn} was on ${targetId} after ${passed.ms} ms`;
    await context.evidence({ kind: 'fact', text, data: { ...token, ms: passed.ms } });
    return { status: 'done', note: `${text}.`, output: { ms: passed.ms } };
  },
};
