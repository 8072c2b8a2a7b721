import { z } from 'zod';
import { UnansweredError } from '../../ports/aws.ts';

/** A database's login in the form that RDS keeps it in. */
const Secret = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  dbname: z.string().min(1).optional(),
});
export type Secret = z.infer<typeof Secret>;

/** Nothing of the text gets into the error: JSON's own would quote it. */
export function parseSecret(text: string | undefined, from: string): Secret {
  const parsed = Secret.safeParse(toJson(text ?? ''));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole').join(', ');
  throw new UnansweredError(
    `${from} holds no login as RDS writes it (JSON with username, password and dbname): ${fields} does not fit`,
  );
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
