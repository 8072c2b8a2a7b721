import 'server-only';
import { revalidatePath } from 'next/cache';
import type { z } from 'zod';
import { actFailedWords } from '../domain/failure-words.ts';
import {
  type ErrorCode,
  type FieldProblems,
  MeridianError,
  RefusedError,
  ThrottledError,
  ValidationError,
} from '../errors.ts';
import type { Verb } from '../services/verb.ts';
import { logger } from './log.ts';
import { requestOrigin } from './origin.ts';
import { requireSignedIn, verbContext } from './session.ts';

export type Failure = Extract<ActionResult<never>, { ok: false }>;

export type ActionResult<Result> =
  | { ok: true; result: Result }
  | {
      ok: false;
      code: ErrorCode | 'internal';
      message: string;
      /** Code of the rule that refused. */
      rule?: string;
      fields?: FieldProblems;
      retryAfterSeconds?: number;
      /** To quote when asking for help; the log has the cause under it. */
      requestId: string;
    };

/**
 * A server action over a verb: session, verb, refresh. Failures come back as data, never as a raw error. `proved` is the proof
 * that came with this very request (`proveFirst`), which the session may not have been read with.
 */
export function defineAction<Schema extends z.ZodType, Result>(
  verb: Verb<Schema, Result>,
): (input: z.input<Schema>, proved?: { provedAt: Date | null }) => Promise<ActionResult<Result>> {
  return async (input, proved) => {
    const { requestId } = await requestOrigin();
    try {
      const signedIn = await requireSignedIn();
      const actor = proved?.provedAt ? { ...signedIn, provedAt: proved.provedAt } : signedIn;
      const context = await verbContext(actor, 'console', requestId);
      const result = await verb(context, input);
      revalidatePath('/', 'layout');
      return { ok: true, result };
    } catch (error) {
      return toFailure(error, requestId, verb.definition.name);
    }
  };
}

/** The answer of an action as a person reads it: what was done, by its result, or why it was not. */
export function told<Result>(
  answer: ActionResult<Result>,
  words: string | ((result: Result) => string),
): { ok: true; message: string } | Failure {
  if (!answer.ok) return answer;
  return { ok: true, message: typeof words === 'string' ? words : words(answer.result) };
}

/** Any failure as data that people may see; what is not ours is logged and told by its id alone. */
export function toFailure(error: unknown, requestId: string, what: string): Failure {
  if (error instanceof MeridianError) {
    return {
      ok: false,
      code: error.code,
      message: error.message,
      requestId,
      ...(error instanceof RefusedError ? { rule: error.rule } : {}),
      ...(error instanceof ValidationError ? { fields: error.fields } : {}),
      ...(error instanceof ThrottledError ? { retryAfterSeconds: error.retryAfterSeconds } : {}),
    };
  }
  logger().error({ err: error, requestId, what }, 'a request failed for a reason of our own');
  return {
    ok: false,
    code: 'internal',
    message: actFailedWords(requestId),
    requestId,
  };
}
