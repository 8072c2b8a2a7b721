import { z } from 'zod';

export const personId = z.uuid('is not a person’s id');
export const personName = z.string().trim().min(1, 'is missing').max(120, 'is over 120 characters');
export const password = z
  .string()
  .min(12, 'needs 12 characters or more')
  .max(1024, 'is over 1,024 characters');
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'is over 254 characters')
  .pipe(z.email('is not an e-mail address'));
