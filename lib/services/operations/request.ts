import { z } from 'zod';
import { policyFor } from '#lib/domain/approval/approval.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { openChecks } from '#lib/domain/traffic/preflight.ts';
import { ShiftRequest } from '#lib/domain/traffic/request.ts';
import { ConflictError, ForbiddenError, RefusedError } from '../../errors.ts';
import { listPolicies } from '../approvals/policies.ts';
import { enqueueNotification } from '../notifications/enqueue.ts';
import { defineVerb } from '../verb.ts';
import { type PlannedShift, planShiftNow } from './plan-shift.ts';
import { startOperation } from './start.ts';

export const RequestOperationInput = z.strictObject({
  kind: z.literal('traffic-shift'),
  environment: z.string().min(1).max(40),
  params: ShiftRequest,
  reason: z.string().trim().min(3, 'says why, in three letters at least').max(2000),
  /** Codes of checks that the requester accepts. */
  acknowledged: z.array(z.string().max(80)).max(50).default([]),
  /** Digest of the preview the requester looked at; refused when the plan has changed since. */
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'is not a plan digest')
    .optional(),
});
export type RequestOperationInput = z.infer<typeof RequestOperationInput>;

// The plan is made once a call: scope needs its Regions, the run its steps.
const planned = new WeakMap<object, Promise<PlannedShift>>();

/**
 * Asks for an operation: plans it from what is observed now, refuses what a check forbids or nobody accepted, stores plan
 * and digest, and waits for approval, or starts at once where policy needs none. A waiting request holds nothing.
 */
export const requestOperation = defineVerb({
  name: 'operation.request',
  action: 'operation.request',
  input: RequestOperationInput,
  async scope(input, context) {
    const making = planShiftNow(context, input.environment, input.params);
    planned.set(input, making);
    const { regions } = await making;
    return { environment: input.environment, regions };
  },
  async run(context, input, connection) {
    const shift = await (planned.get(input) ?? planShiftNow(context, input.environment, input.params));
    const { personId } = context.actor;
    if (!personId) throw new ForbiddenError('Only a person, or a token of one, can request an operation.');
    if (input.digest && input.digest !== shift.digest) {
      throw new ConflictError(
        'The plan has changed since you looked at it. Nothing was requested; look at the new preview and ask again.',
      );
    }
    const open = openChecks(shift.checks, input.acknowledged);
    const first = open[0];
    if (first) {
      const more = open.length > 1 ? ` (and ${open.length - 1} more)` : '';
      throw new RefusedError(
        first.code,
        first.verdict === 'accept'
          ? `Not requested: ${first.message} Accept it by its code, ${first.code}${more}.`
          : `Not requested: ${first.message}${more}`,
      );
    }
    const policy = policyFor(await listPolicies(context.database), input.environment, input.kind);
    const timeScale = findEnvironment(context.estate, input.environment)?.timeScale ?? 1;
    const operation = await context.database.prisma.operation.create({
      data: {
        kind: input.kind,
        environment: input.environment,
        title: shift.plan.title,
        state: 'awaiting-approval',
        params: { request: input.params, subject: JSON.parse(JSON.stringify(shift.subject)) },
        plan: JSON.parse(JSON.stringify({ ...shift.plan, change: shift.change, checks: shift.checks })),
        digest: shift.digest,
        reason: input.reason,
        price: JSON.parse(JSON.stringify(shift.price)),
        acknowledged: input.acknowledged,
        requestedBy: personId,
        requestedVia: context.via,
        needed: policy.needed,
        expiresAt: new Date(context.now.getTime() + (policy.expiresMinutes * 60_000) / timeScale),
        createdAt: context.now,
        steps: {
          create: shift.plan.steps.map((step, position) => ({
            position,
            key: step.key,
            title: step.title,
            action: step.action,
            region: step.region,
            irreversible: step.irreversible,
          })),
        },
      },
    });
    if (policy.needed === 0) await startOperation(context, connection, operation);
    await enqueueNotification(connection, 'approval.requested', {
      operation: operation.id,
      title: operation.title,
      environment: operation.environment,
      reason: operation.reason,
      needed: operation.needed,
    });
    return {
      result: {
        id: operation.id,
        state: policy.needed === 0 ? 'queued' : operation.state,
        digest: operation.digest,
      },
      subject: `operation/${operation.id}`,
      operation: operation.id,
      detail: {
        title: operation.title,
        digest: operation.digest,
        acknowledged: input.acknowledged,
        needed: policy.needed,
      },
      changes: [
        { topic: 'operation', ref: operation.id },
        { topic: 'approval', ref: operation.id },
      ],
    };
  },
});
