import { z } from 'zod';
import { ShiftRequest } from '#lib/domain/traffic/request.ts';
import { ConflictError } from '../../errors.ts';
import { defineVerb } from '../verb.ts';
import { type PlannedShift, planShiftNow } from './plan-shift.ts';
import { submitShift } from './submit.ts';

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
    if (input.digest && input.digest !== shift.digest) {
      throw new ConflictError(
        'The plan has changed since you looked at it. Nothing was requested; look at the new preview and ask again.',
      );
    }
    const operation = await submitShift(context, connection, {
      shift,
      request: input.params,
      reason: input.reason,
      acknowledged: input.acknowledged,
      reverts: null,
    });
    return {
      result: operation,
      subject: `operation/${operation.id}`,
      operation: operation.id,
      detail: {
        title: shift.plan.title,
        digest: operation.digest,
        acknowledged: input.acknowledged,
        needed: operation.needed,
      },
      changes: [
        { topic: 'operation', ref: operation.id },
        { topic: 'approval', ref: operation.id },
      ],
    };
  },
});
