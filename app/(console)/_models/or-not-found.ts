import { notFound } from 'next/navigation';
import { NotFoundError, ValidationError } from '#lib/errors.ts';

/** Shows the "not found" page for what does not exist, and for ids that cannot exist; throws everything else on. */
export async function orNotFound<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ValidationError) notFound();
    throw error;
  }
}
