import type { z } from 'zod';

/** Input the admin API refuses. `field` is its path, empty for the whole body. */
export class InputRefused extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(field ? `${field} ${message}` : message);
    this.name = 'InputRefused';
    this.field = field;
  }
}

/** The input, or InputRefused naming the first field that is wrong. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = (issue?.path ?? []).map(String).join('.');
  // A key that does not fit says why one level deeper.
  const why = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message;
  throw new InputRefused(field, why ?? 'cannot be read');
}
