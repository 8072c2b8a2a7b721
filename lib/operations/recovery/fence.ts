import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import type { ProbeTask } from '../../ports/recovery.ts';
import type { StepAction, StepContext } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { FenceInput, UnfenceInput } from './input.ts';
import { instanceIdOf, nameOfAttempt, requireDatabase } from './instance.ts';
import { reachState } from './reach-state.ts';
import { untilAnswered } from './until-answered.ts';

const TIGHT_MS = 200;
const REBOOT_POLL_MS = 500;
/** A reboot that is over before anyone looked: RDS shows it within this, ms. */
const REBOOT_SHOWS_MS = 5_000;
const POSTGRES_PORT = 5432;
/** What a security group drops is never answered: more than three round trips across the ocean without a word, ms. */
const SILENCE_MS = 800;

/** Name tag of the group that lets nothing in; it stands in every VPC, made before it is needed. */
export function denyAllName(context: StepContext): string {
  return `${context.estate.estate}-deny-all`;
}

/** Id of the group that lets nothing in. Throws where the VPC has none. */
export async function requireDenyAll(context: StepContext, region: string): Promise<string> {
  const name = denyAllName(context);
  const id = await context.aws.findSecurityGroup(region, name);
  if (id) return id;
  throw new Error(
    `The VPC of ${region} has no security group named ${name}, so its database cannot be shut. Make one without any rule, then resume.`,
  );
}

export function isShut({ securityGroupIds }: DatabaseObservation, denyAll: string): boolean {
  return securityGroupIds.length === 1 && securityGroupIds[0] === denyAll;
}

/** No new session comes in any more; those that stand go on (aws-facts 2.4, step 6). */
export async function shutDoor(
  context: StepContext,
  { region, instanceId, denyAll }: { region: string; instanceId: string; denyAll: string },
): Promise<{ before: string[] }> {
  let before: string[] | undefined;
  await reachState(context, {
    what: `the security groups of ${instanceId}`,
    everyMs: TIGHT_MS,
    longestMs: 2_000,
    read: async () => {
      const found = await requireDatabase(context, { region, instance: { instanceId } });
      before ??= found.securityGroupIds;
      return found;
    },
    isSo: (found) => isShut(found, denyAll),
    write: () => context.aws.modifyDatabase(region, instanceId, { securityGroupIds: [denyAll] }),
  });
  return { before: before ?? [] };
}

/** Ends every session of an instance by a reboot; resolves once it is accepted. */
export async function dropSessions(
  context: StepContext,
  { region, instanceId }: { region: string; instanceId: string },
): Promise<void> {
  const reboot = { what: `the reboot of ${instanceId}`, everyMs: TIGHT_MS, longestMs: 2_000 };
  await untilAnswered(context, reboot, () => context.aws.rebootDatabase(region, instanceId));
}

/**
 * Shuts a database that must take no orders any more: its groups become the one that lets nothing in, which keeps new
 * sessions out, and a reboot drops those that stand (aws-facts B-20). Done is what RDS says afterwards, not that it
 * accepted.
 */
export const fenceDatabase: StepAction = {
  async run(context) {
    const { region, instance } = FenceInput.parse(context.step.input);
    const instanceId = instanceIdOf(context, instance);
    await requireDatabase(context, { region, instance });
    const denyAll = await requireDenyAll(context, region);
    const { before } = await shutDoor(context, { region, instanceId, denyAll });
    await context.evidence({
      kind: 'fact',
      text: `${instanceId} has ${denyAll} as its only security group; it had ${before.join(', ')}`,
      data: { before, denyAll },
    });
    await dropSessions(context, { region, instanceId });
    const askedAtMs = context.now().getTime();
    let seen = false;
    await pollUntil(context, {
      what: `the state of ${instanceId}`,
      everyMs: REBOOT_POLL_MS,
      longestMs: 5_000,
      ask: () => requireDatabase(context, { region, instance }),
      isDone: ({ status }) => {
        seen ||= status !== 'available';
        return status === 'available' && (seen || context.now().getTime() - askedAtMs > REBOOT_SHOWS_MS);
      },
    });
    await context.evidence({
      kind: 'fact',
      text: `${instanceId} was rebooted: no session of before is left`,
    });
    return {
      status: 'done',
      note: `${instanceId} lets nobody in and has dropped its sessions.`,
      output: { fenced: 'done', instanceId, denyAll, before, fencedAtMs: context.now().getTime() },
    };
  },
};

/** The groups that the instance had when the run was planned. Only ever before a promotion: after it, two would write. */
export const unfenceDatabase: StepAction = {
  async run(context) {
    const { region, instance, securityGroupIds } = UnfenceInput.parse(context.step.input);
    const instanceId = instanceIdOf(context, instance);
    const wanted = [...securityGroupIds].sort();
    await reachState(context, {
      what: `the security groups of ${instanceId}`,
      everyMs: TIGHT_MS,
      longestMs: 2_000,
      read: () => requireDatabase(context, { region, instance }),
      isSo: (found) => [...found.securityGroupIds].sort().join() === wanted.join(),
      write: () => context.aws.modifyDatabase(region, instanceId, { securityGroupIds }),
      writesAlways: true,
    });
    const text = `${instanceId} has its security groups ${securityGroupIds.join(', ')}`;
    await context.evidence({ kind: 'fact', text });
    return { status: 'done', note: `${text}.`, output: { fenced: 'lifted' } };
  },
};

/**
 * Nobody gets through to the shut database from inside these Regions: a Job in each of them tries (aws-facts 2.4, step 6).
 * Resolves once every one of them was turned away.
 */
export async function proveShut(
  context: StepContext,
  { endpoint, from }: { endpoint: string; from: readonly string[] },
): Promise<void> {
  const [host = endpoint, port] = endpoint.split(':');
  const task = {
    kind: 'connect',
    host,
    port: Number(port ?? POSTGRES_PORT),
    timeoutMs: SILENCE_MS,
  } as const;
  await Promise.all(from.map((region) => turnedAway(context, region, task)));
}

async function turnedAway(
  context: StepContext,
  region: string,
  task: Extract<ProbeTask, { kind: 'connect' }>,
): Promise<void> {
  let tries = 0;
  const { result, job } = await pollUntil(context, {
    what: `the probe in ${region}`,
    everyMs: TIGHT_MS,
    ask: () => {
      tries += 1;
      return context.aws.runProbe(region, task, `${nameOfAttempt(context, tries)}-${region}`);
    },
    isDone: (answer) => answer.result.kind === 'connect' && answer.result.outcome !== 'open',
  });
  const outcome = result.kind === 'connect' ? result.outcome : 'open';
  const words = outcome === 'refused' ? 'was refused' : 'got no answer';
  const text = `From ${region} a connection to ${task.host}:${task.port} ${words} after ${Math.round(result.ms)} ms`;
  await context.evidence({ kind: 'fact', text, data: { job, tries, ...result } });
}
