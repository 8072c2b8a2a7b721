import type pg from 'pg';
import { type SplitBrain, splitBrainWords } from '#lib/domain/recovery/split-brain.ts';
import { announceChange, appendAudit } from '../data/audit.ts';
import { enqueueNotification } from '../services/notifications/enqueue.ts';
import { type RecoveryParts, workerActor } from './parts.ts';

/** A fence that waits of a database that takes orders. */
export interface WaitingFence {
  id: string;
  environment: string;
  region: string;
  instanceId: string;
  /** The run that asked for it; null where a break-glass script did. */
  operation: string | null;
}

/** It answers as a primary that takes orders although another one does: told before it is shut, once whoever sees it first. */
export async function tellOfFence(
  parts: RecoveryParts,
  connection: pg.PoolClient,
  fence: WaitingFence,
): Promise<void> {
  const { rowCount } = await connection.query(
    'update fence set split_brain_at = $2 where id = $1 and split_brain_at is null',
    [fence.id, parts.now()],
  );
  if (rowCount !== 1) return;
  const { operation, environment, region, instanceId } = fence;
  await enqueueNotification(connection, 'split-brain.seen', {
    operation,
    environment,
    region,
    instance: instanceId,
  });
  await announceChange(connection, 'recovery', `fence/${operation ?? fence.id}`);
  await appendAudit(connection, {
    ...workerActor(parts),
    verb: 'split-brain.see',
    outcome: 'done',
    subject: `fence/${instanceId}`,
    ...(operation === null ? {} : { operation }),
    environment,
    region,
    message: `${instanceId} in ${region} answers as a primary that takes orders, although another Region took over. It is being shut.`,
  });
}

/**
 * Tells once that several databases take orders, and once that they do not any more. Where a fence waits of one of them that is
 * the alarm of that fence, which is being shut; of what nobody asked to shut, people are told to.
 */
export async function tellSplitBrain(
  parts: RecoveryParts,
  connection: pg.PoolClient,
  seen: { environment: string; before: SplitBrain | null; now: SplitBrain | null },
): Promise<void> {
  const { environment, before, now } = seen;
  if (now?.confirmed && !before?.confirmed) {
    const fences = await waitingFences(connection, environment, now);
    for (const fence of fences) await tellOfFence(parts, connection, fence);
    if (fences.length === 0) await tellSeen(parts, connection, environment, now);
  }
  if (before?.confirmed && !now) await tellEnded(parts, connection, environment, before);
}

async function waitingFences(
  connection: pg.PoolClient,
  environment: string,
  { writers }: SplitBrain,
): Promise<WaitingFence[]> {
  const { rows } = await connection.query<WaitingFence>(
    `select id, environment, region, instance_id as "instanceId", operation_id as operation from fence
     where environment = $1 and state = 'pending' and instance_id = any ($2) order by requested_at for update`,
    [environment, writers.map(({ instanceId }) => instanceId)],
  );
  return rows.filter(({ region, instanceId }) =>
    writers.some((writer) => writer.region === region && writer.instanceId === instanceId),
  );
}

async function tellSeen(
  parts: RecoveryParts,
  connection: pg.PoolClient,
  environment: string,
  split: SplitBrain,
): Promise<void> {
  const { since, writers } = split;
  const message = `${splitBrainWords(split)} each take orders that the others never see. Nothing shuts them by itself: fence all but one.`;
  await enqueueNotification(connection, 'split-brain.seen', { environment, since, writers, message });
  await announceChange(connection, 'recovery', `split-brain/${environment}`);
  await appendAudit(connection, {
    ...workerActor(parts),
    verb: 'split-brain.see',
    outcome: 'done',
    subject: `environment/${environment}`,
    environment,
    message: message.slice(0, 500),
    detail: { since, writers },
  });
}

async function tellEnded(
  parts: RecoveryParts,
  connection: pg.PoolClient,
  environment: string,
  { since, writers }: SplitBrain,
): Promise<void> {
  const message = `One database at most takes the orders of ${environment} again.`;
  const instances = writers.map(({ instanceId }) => instanceId);
  await enqueueNotification(connection, 'split-brain.ended', { environment, since, instances, message });
  await announceChange(connection, 'recovery', `split-brain/${environment}`);
  await appendAudit(connection, {
    ...workerActor(parts),
    verb: 'split-brain.end',
    outcome: 'done',
    subject: `environment/${environment}`,
    environment,
    message,
    detail: { since, writers },
  });
}
