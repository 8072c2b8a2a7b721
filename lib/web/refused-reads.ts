import 'server-only';
import { ForbiddenError } from '../errors.ts';
import { recordRefusedRead } from '../services/audit/record-refused-read.ts';
import type { VerbContext } from '../services/context.ts';
import { rateLimit } from './rate.ts';

/** A page asks again every few seconds, and a program as often as it likes: one row a minute says as much. */
const perActorAndRoute = rateLimit({ limit: 1, windowMs: 60_000 });

/**
 * Runs what only reads. A refusal is written to the audit log, as those of acts are, once a minute for an actor and a route in
 * this process, and thrown on. Acts themselves (verbs) record their own.
 */
export async function auditedRead<Result>(
  context: VerbContext,
  route: string,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ForbiddenError && isFirst(context, route))
      await recordRefusedRead(context, route, error);
    throw error;
  }
}

function isFirst({ actor, now }: VerbContext, route: string): boolean {
  return perActorAndRoute.take(`${actor.audit.id} ${route}`, now.getTime()) === 0;
}
