import { z } from 'zod';

/** A moment in ISO 8601 with its offset, between 1970 and 9999: what both the database and people can use. */
export const Instant = z.iso
  .datetime({ offset: true, error: 'is not a time such as 2026-11-23T09:00:00Z' })
  .refine((text) => !/^(0|1[0-8]|19[0-6])/.test(text), 'is before 1970');
