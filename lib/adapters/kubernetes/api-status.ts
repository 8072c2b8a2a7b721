import { z } from 'zod';

/** What an API server says beside its HTTP code when it refuses. */
const Status = z.object({
  message: z.string().default(''),
  details: z
    .object({
      causes: z
        .array(
          z.object({
            reason: z.string().default(''),
            message: z.string().default(''),
            field: z.string().default(''),
          }),
        )
        .default([]),
    })
    .default({ causes: [] }),
});
type Status = z.infer<typeof Status>;

/** Whether the API server refused with that HTTP code. */
export function hasStatus(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** The `Status` in a refusal; empty where there is none that can be read. The client hands it over as text or as an object. */
export function statusOf(error: unknown): Status {
  const body = error instanceof Error && 'body' in error ? error.body : undefined;
  const parsed = Status.safeParse(typeof body === 'string' ? parseJson(body) : body);
  return parsed.success ? parsed.data : Status.parse({});
}

/** `image is set by kubectl-set`, one for each field that another manager of a server-side apply owns. */
export function conflictsOf(error: unknown): { field: string; manager: string }[] {
  const { causes } = statusOf(error).details;
  return causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field, message }) => ({ field, manager: /"([^"]+)"/.exec(message)?.[1] ?? message }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // a proxy's page is no Status
    throw error;
  }
}
