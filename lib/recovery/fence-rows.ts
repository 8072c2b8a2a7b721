import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { announceChange, appendAudit } from '../data/audit.ts';
import type { FenceMeans } from '../services/fences/means.ts';
import { enqueueNotification } from '../services/notifications/enqueue.ts';
import { readPlannedSteps } from '../services/recovery/clocks.ts';
import { type RecoveryParts, workerActor } from './parts.ts';

export const FENCE_ACTION = 'recovery.fence-database';

const FenceOutput = z.object({
  fenced: z.enum(['done', 'unreachable']),
  why: z.string().optional(),
  /** AWS had no time for it: its Region is there. */
  throttled: z.literal(true).optional(),
});
const FenceStep = z.object({ instance: z.object({ instanceId: z.string() }) });

interface Fenced {
  key: string;
  region: string;
  instanceId: string;
  output: z.infer<typeof FenceOutput>;
  endedAt: Date;
}

/**
 * Keeps a row for every database that a run fenced, or could not reach: what it could not is to be fenced the moment its
 * Region answers (aws-facts 2.5, step 3).
 */
export async function fileFences(parts: RecoveryParts, operationId: string): Promise<number> {
  const { database } = parts;
  const operation = await database.prisma.operation.findUnique({
    where: { id: operationId },
    select: {
      id: true,
      environment: true,
      plan: true,
      steps: { where: { action: FENCE_ACTION, state: 'done' } },
      fences: { select: { region: true, instanceId: true } },
    },
  });
  if (!operation) return 0;
  const planned = readPlannedSteps(operation.plan).steps;
  const found = operation.steps
    .flatMap((step) => fencedBy(step, planned))
    .filter(
      ({ region, instanceId }) =>
        !operation.fences.some((fence) => fence.region === region && fence.instanceId === instanceId),
    );
  for (const fence of found) await fileFence(parts, operation, fence);
  return found.length;
}

function fencedBy(
  step: { key: string; region: string | null; output: unknown; endedAt: Date | null },
  planned: readonly PlannedStep[],
): Fenced | [] {
  const output = FenceOutput.safeParse(step.output).data;
  const input = FenceStep.safeParse(planned.find(({ key }) => key === step.key)?.input).data;
  if (!output || !input || !step.region || !step.endedAt) return [];
  const { instanceId } = input.instance;
  return { key: step.key, region: step.region, instanceId, output, endedAt: step.endedAt };
}

async function fileFence(
  parts: RecoveryParts,
  { id, environment }: { id: string; environment: string },
  { region, instanceId, output, endedAt }: Fenced,
): Promise<void> {
  const done = output.fenced === 'done';
  const means: FenceMeans = {
    name: FENCE_ACTION,
    outcome: done ? 'done' : output.throttled ? 'failed' : 'unreachable',
    at: endedAt.toISOString(),
    note: done ? 'security group and reboot' : (output.why ?? 'its Region did not answer'),
  };
  const arn = `arn:aws:rds:${region}:${parts.estate.account}:db:${instanceId}`;
  await parts.database.inTransaction(async (connection) => {
    const { rowCount } = await connection.query(
      `insert into fence (id, environment, region, instance_id, instance_arn, operation_id, state, requested_at, ended_at, means)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict on constraint fence_once do nothing`,
      [
        randomUUID(),
        environment,
        region,
        instanceId,
        arn,
        id,
        done ? 'done' : 'pending',
        endedAt,
        done ? endedAt : null,
        JSON.stringify([means]),
      ],
    );
    if (rowCount !== 1) return;
    await announceChange(connection, 'recovery', `fence/${id}`);
    await enqueueNotification(connection, 'fence.changed', {
      operation: id,
      environment,
      region,
      instance: instanceId,
      state: done ? 'done' : 'pending',
    });
    await appendAudit(connection, {
      ...workerActor(parts),
      verb: 'fence.file',
      outcome: 'done',
      subject: `fence/${instanceId}`,
      operation: id,
      environment,
      region,
      detail: { state: done ? 'done' : 'pending', arn },
    });
  });
}
