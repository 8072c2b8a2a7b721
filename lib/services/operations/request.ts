import { z } from 'zod';
import type { OperationKind } from '#lib/domain/operation/kind.ts';
import { mayRequest } from '#lib/domain/recovery/review-debt.ts';
import { ConflictError, RefusedError } from '../../errors.ts';
import { listPolicies } from '../approvals/policies.ts';
import { termsFor } from '../approvals/terms.ts';
import type { VerbContext } from '../context.ts';
import { listUnpaidDebts } from '../reviews/debts.ts';
import { assertPermitted, defineVerb, parseInput } from '../verb.ts';
import { assertMeant } from './for-good.ts';
import type { PlannedOperation } from './planners/planner.ts';
import { plannerOf, REQUESTABLE_KINDS } from './planners/registry.ts';
import { submitOperation } from './submit.ts';

const environment = z.string().min(1).max(40);
const acknowledged = z
  .array(z.string().max(80))
  .max(50)
  .default([])
  .describe('codes of checks that are accepted');
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'is not a plan digest')
  .optional()
  .describe('of the preview that was looked at; refused when the plan has changed since');
export const RequestReason = z.string().trim().min(3, 'says why, in three letters at least').max(2000);

/** What is asked for, by its kind: each has parameters of its own. */
export interface AskedOperation {
  kind: OperationKind;
  environment: string;
  params: unknown;
}

/** An input about one operation: its kind decides what `params` may be. */
export function operationInput<Shape extends z.core.$ZodLooseShape, Kind extends OperationKind>(
  kinds: readonly Kind[],
  shape: Shape,
) {
  const options = kinds.map((kind) =>
    z.strictObject({ kind: z.literal(kind), environment, params: plannerOf(kind).params, ...shape }),
  );
  const [first, ...others] = options;
  if (!first) throw new Error('An operation is of some kind.');
  return z.discriminatedUnion('kind', [first, ...others], {
    error: (issue) => (issue.code === 'invalid_union' ? `is not one of ${kinds.join(', ')}` : undefined),
  });
}

/** Of a plan with a step that cannot be undone. */
const confirm = z
  .string()
  .max(120)
  .optional()
  .describe('the name that a dry run asks for under `confirm`, typed, where a step cannot be undone');

export const REQUEST_SHAPE = { reason: RequestReason, acknowledged, digest, confirm };
export const RequestOperationInput = operationInput(REQUESTABLE_KINDS, REQUEST_SHAPE);
export type RequestOperationInput = z.infer<typeof RequestOperationInput>;

export const PreviewOperationInput = operationInput(REQUESTABLE_KINDS, {});

/** Plans without changing anything. Needs only `read`. */
export async function previewOperation(context: VerbContext, raw: unknown): Promise<PlannedOperation> {
  assertPermitted(context, 'read', {});
  return planNow(context, parseInput(PreviewOperationInput, raw));
}

// The plan is made once a call: scope needs its Regions, the run its steps.
const planned = new WeakMap<object, Promise<PlannedOperation>>();

function planNow(context: VerbContext, input: AskedOperation): Promise<PlannedOperation> {
  const asking = { ...context, asker: { personId: context.actor.personId } };
  return plannerOf(input.kind).planNow(asking, input.environment, input.params);
}

/** The plan of this input, made once. */
export function planOnce(context: VerbContext, input: AskedOperation): Promise<PlannedOperation> {
  const making = planned.get(input) ?? planNow(context, input);
  planned.set(input, making);
  return making;
}

/**
 * Asks for an operation: plans it from what is observed now, refuses what a check forbids or nobody accepted, stores plan
 * and digest, and waits for approval, or starts at once where policy needs none. A waiting request holds nothing. Refused to
 * who owes a review, but for what an emergency needs; and for what cannot be undone, without the name typed and a fresh proof.
 */
export const requestOperation = defineVerb({
  name: 'operation.request',
  action: 'operation.request',
  input: RequestOperationInput,
  async scope(input, context) {
    const { regions } = await planOnce(context, input);
    return { environment: input.environment, regions };
  },
  async run(context, input, connection) {
    await assertNothingOwed(context, input.kind);
    const operation = await planOnce(context, input);
    assertSamePlan(operation, input.digest);
    const { policy, nobody, terms } = termsFor(
      await listPolicies(context.database),
      operation,
      input.acknowledged,
    );
    assertMeant(context, operation, {
      confirm: input.confirm,
      forGood: {
        act: 'request',
        needed: nobody ? 0 : Math.max(1, policy.needed),
        tokensMay: policy.kind === input.kind && policy.tokensApprove,
      },
      attempted: 'Not requested',
    });
    const { exceptions, ...submitted } = await submitOperation(context, connection, {
      planned: operation,
      request: input.params,
      reason: input.reason,
      acknowledged: input.acknowledged,
      reverts: null,
    });
    return {
      result: submitted,
      subject: `operation/${submitted.id}`,
      operation: submitted.id,
      detail: {
        title: operation.plan.title,
        digest: submitted.digest,
        acknowledged: input.acknowledged,
        needed: submitted.needed,
        ...(terms.risk === 'high' ? { risk: terms.risk } : {}),
        ...(exceptions.length > 0 ? { exceptions } : {}),
        ...(operation.accepted ? { accepted: operation.accepted } : {}),
      },
      changes: [
        { topic: 'operation', ref: submitted.id },
        { topic: 'approval', ref: submitted.id },
      ],
    };
  },
});

/** Throws ConflictError where the plan is no longer the one that was looked at. */
export function assertSamePlan(operation: PlannedOperation, looked: string | undefined): void {
  if (!looked || looked === operation.digest) return;
  throw new ConflictError(
    'The plan has changed since you looked at it. Nothing was requested; look at the new preview and ask again.',
  );
}

/** Throws RefusedError where who asks owes a review, and the kind is not what an emergency needs. */
export async function assertNothingOwed(context: VerbContext, kind: OperationKind): Promise<void> {
  const { personId } = context.actor;
  if (!personId) return; // refused when it is submitted
  const debts = await listUnpaidDebts(context.database, personId);
  const verdict = mayRequest(debts, { personId, kind, emergency: false }, context.now);
  if (!verdict.allowed) throw new RefusedError(verdict.code, `Not requested: ${verdict.reason}`);
}
