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
  throw new InputRefused(field, issue?.message ?? 'cannot be read');
}
