import { z } from 'zod';
import { VERSION_PATTERN } from '#lib/domain/release/release.ts';

const TIME = /^(19[7-9]\d|[2-9]\d{3})-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** A place in a list ordered by time: opaque to callers, and of no use in a list of other ids. */
function cursorOf(idPattern: RegExp) {
  return z
    .string()
    .max(200)
    .transform((text, context) => {
      const [at = '', id = ''] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
      if (TIME.test(at) && !Number.isNaN(Date.parse(at)) && idPattern.test(id))
        return { at: new Date(at), id };
      context.addIssue({ code: 'custom', message: 'is not a cursor of this list; start without one' });
      return z.NEVER;
    });
}

export const OperationCursor = cursorOf(/^OP-\d{1,12}$/);
export const ReleaseCursor = cursorOf(VERSION_PATTERN);
/** Of a list whose ids are not ours: orders. */
export const OrderCursor = cursorOf(/^[\x21-\x7e]{1,100}$/);
export const UuidCursor = cursorOf(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

export function encodeCursor(at: Date, id: string): string {
  return Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
}
