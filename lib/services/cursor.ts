import { z } from 'zod';

/** A place in a list ordered by time, newest first: opaque to callers. */
export const Cursor = z
  .string()
  .max(200)
  .transform((text, context) => {
    const [at = '', id = ''] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
    const isPlace =
      /^(19[7-9]\d|[2-9]\d{3})-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(at) && /^[\w-]{1,60}$/.test(id);
    if (isPlace && !Number.isNaN(Date.parse(at))) return { at: new Date(at), id };
    context.addIssue({ code: 'custom', message: 'is not a cursor of this list; start without one' });
    return z.NEVER;
  });

export function encodeCursor(at: Date, id: string): string {
  return Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
}
