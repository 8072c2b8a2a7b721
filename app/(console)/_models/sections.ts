import type { Section } from '#components/ui/model.ts';
import { PART_FAILED } from '#lib/domain/failure-words.ts';
import { MeridianError } from '#lib/errors.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { logger } from '#lib/web/log.ts';

/** Reads a part of the page; what fails there is said in its place, and the rest stands. */
export async function readSection<T>(
  { context }: { context: VerbContext },
  title: string,
  read: () => Promise<T> | T,
): Promise<Section<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    const { requestId } = context;
    if (error instanceof MeridianError)
      return { ok: false, problem: { title, message: error.message, requestId } };
    logger().error({ err: error, requestId, what: title }, 'a part of a page failed for a reason of our own');
    return { ok: false, problem: { title, message: PART_FAILED, requestId } };
  }
}

/** What is made of a part, where it could be read. */
export function mapSection<Read, Made>(section: Section<Read>, make: (value: Read) => Made): Section<Made> {
  return section.ok ? { ok: true, value: make(section.value) } : section;
}
