import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { type Freeze, freezeReason, gateCoverage, holdingFreeze } from '#lib/domain/freeze/freeze.ts';
import { freezesAt } from '#lib/domain/freeze/stored.ts';
import { listOpenFreezes, takeExceptions } from '../data/freezes.ts';
import { type EngineParts, forever } from './parts.ts';
import { takeEnvironment } from './preempt.ts';
import { type Lost, lostTo, type Run, type Stop, yields } from './run.ts';
import { handsOver } from './stand-aside.ts';
import {
  addSteps,
  hasBegun,
  type LockedOperation,
  readLastEvent,
  resumeUnlessHeld,
  setState,
} from './store.ts';
import { inRunTransaction, recordEvent } from './transaction.ts';

const FREEZE_POLL_MS = 1_000;
/** An emergency looks this often whether the environment is free. */
const HOLDER_POLL_MS = 100;

export type GateAnswer =
  | { kind: 'go'; epoch: number }
  | { kind: 'paused' }
  | { kind: 'stop'; stop: Stop }
  | Lost;

/**
 * The gate before each step: what people asked for, the environment's fencing number, and whether a freeze holds the run.
 * Waits here while one does; every other answer is returned at once. The first gate takes the operation out of the queue.
 * An emergency waits here, too, until whoever holds the environment has let go of it. The run's epoch is null at the first
 * gate and what that gate answered afterwards. Never answers where the run was handed to a worker elsewhere.
 */
export async function askGate(parts: EngineParts, run: Run, stepKey: string): Promise<GateAnswer> {
  for (;;) {
    if (await handsOver(parts, run)) return forever();
    const answer: GateAnswer | Waiting = await inRunTransaction(parts, run.id, (connection, operation) =>
      decide({ parts, run, stepKey, connection, operation }),
    );
    if (answer.kind === 'frozen') await delay(FREEZE_POLL_MS);
    else if (answer.kind === 'environment-held') await delay(HOLDER_POLL_MS);
    else return answer;
  }
}

interface Deciding {
  parts: EngineParts;
  run: Run;
  stepKey: string;
  connection: pg.PoolClient;
  operation: LockedOperation;
}

/** Why the gate itself waits, and looks again. */
type Waiting = { kind: 'frozen' } | { kind: 'environment-held' };

async function decide(gate: Deciding): Promise<GateAnswer | Waiting> {
  const { parts, run, stepKey, connection, operation } = gate;
  const lost = lostTo(operation, run) ?? yields(operation);
  if (lost) return lost;
  if (operation.state === 'aborting' || operation.state === 'reverting') {
    return { kind: 'stop', stop: await stopUnderWay(connection, run.id) };
  }
  if (operation.desired === 'abort' || operation.desired === 'revert') {
    return { kind: 'stop', stop: { how: operation.desired, by: 'person' } };
  }
  if (operation.state === 'preempting' && !(await takeEnvironment(gate))) return { kind: 'environment-held' };
  if (operation.state === 'queued' || operation.state === 'preempting') await begin(gate);
  if (operation.desired === 'pause') {
    if (operation.state !== 'paused') {
      await setState(connection, run.id, { state: 'paused', outcome: 'Paused on request.' });
      await recordEvent(connection, run.id, { kind: 'paused', stepKey, executor: parts.executorId });
    }
    return { kind: 'paused' };
  }
  const freeze = await findFreeze(gate);
  if (freeze !== null) {
    if (operation.state === 'paused') await resume(gate);
    await holdFrozen(gate, freeze);
    return { kind: 'frozen' };
  }
  await resume(gate);
  return { kind: 'go', epoch: operation.epoch };
}

async function begin({ parts, run, connection }: Deciding): Promise<void> {
  await addSteps(connection, run.id, run.plan.steps);
  await setState(connection, run.id, { state: 'running', outcome: null });
  await recordEvent(connection, run.id, { kind: 'begun', executor: parts.executorId });
  await parts.notify(connection, 'operation.started', {
    operation: run.id,
    title: run.title,
    environment: run.environment,
  });
}

/** A run that was stopping when its history was lost stops for the same reason again. */
async function stopUnderWay(connection: pg.PoolClient, operationId: string): Promise<Stop> {
  const event = await readLastEvent<Stop>(connection, operationId, 'stopping');
  return event?.detail ?? { how: 'abort', by: 'person' };
}

/**
 * The freeze that holds this run now, or null. What it goes through by instead, an exception that somebody granted, is noted
 * with it; one that another operation used up meanwhile lets it not through.
 */
async function findFreeze(gate: Deciding): Promise<Freeze | null> {
  const { run, connection, operation } = gate;
  const now = operation.now;
  const asker = { personId: run.requestedBy, operation: run.id };
  const freezes = freezesAt(await listOpenFreezes(connection, now), now, asker);
  if (freezes.length === 0) return null;
  const target = {
    environment: run.environment,
    kind: run.kind,
    regions: run.plan.regions ?? namedRegions(run),
    begun: await hasBegun(connection, run.id),
    emergency: run.emergency,
    putsBack: run.reverts !== null,
  };
  const { holding, passing } = gateCoverage(freezes, target, now);
  if (holding) return holding;
  const exceptions = [...new Set(passing.map(({ id }) => id))];
  if (await takeExceptions(connection, { exceptions, operation: run.id, now })) return null;
  const without = freezes.map((freeze) => ({ ...freeze, exceptions: [] }));
  return holdingFreeze(without, target, now) ?? null;
}

function namedRegions({ plan }: Run): string[] {
  return [...plan.steps, ...plan.compensation].flatMap((step) =>
    [step.region ?? [], step.needsRegions].flat(),
  );
}

async function holdFrozen(
  { parts, run, stepKey, connection, operation }: Deciding,
  freeze: Freeze,
): Promise<void> {
  const reason = freezeReason(freeze);
  if (operation.state === 'holding' && operation.outcome === reason) return;
  await setState(connection, run.id, { state: 'holding', outcome: reason });
  await recordEvent(connection, run.id, {
    kind: 'held',
    stepKey,
    executor: parts.executorId,
    detail: { rule: freeze.stopTheLine ? 'stop-the-line' : 'freeze', note: reason },
  });
  await parts.notify(connection, 'operation.held', {
    operation: run.id,
    title: run.title,
    environment: run.environment,
    reason,
  });
}

async function resume({ parts, run, stepKey, connection, operation }: Deciding): Promise<void> {
  if (operation.state !== 'paused' && operation.state !== 'holding') return;
  if (!(await resumeUnlessHeld(connection, { id: run.id, state: operation.state }))) return;
  await recordEvent(connection, run.id, { kind: 'resumed', stepKey, executor: parts.executorId });
}
