import { z } from 'zod';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../../services/context.ts';
import { parseInput } from '../../services/verb.ts';

export const EnvironmentQuery = z.strictObject({
  environment: z.string().min(1, 'is empty').max(40).optional().describe('the estate’s first by default'),
});

/** The environment that the query names, or the estate's first. */
export function environmentOf(context: VerbContext, query: unknown): string {
  const { environment } = parseInput(EnvironmentQuery, query);
  const first = context.estate.environments[0]?.name;
  if (environment ?? first) return environment ?? first ?? '';
  throw new NotFoundError('The estate has no environment.');
}
