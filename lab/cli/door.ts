import type { LabDescription } from '#lab/description.ts';
import { LabProblem, readDescription } from '#lab/run.ts';

/** The lab that runs on this folder; throws with what to do when there is none. */
export function requireLab(dataDir: string): LabDescription {
  const lab = readDescription(dataDir);
  if (lab) return lab;
  throw new LabProblem(
    `No lab runs on ${dataDir}. Start one with "npm start" or "npm run lab", or set MERIDIAN_DATA to the folder it runs on.`,
  );
}

/** Asks the lab's own door. Throws LabProblem with the lab's words when it refuses, or when nobody answers. */
export async function askLab(
  lab: LabDescription,
  route: string,
  body?: Record<string, unknown>,
): Promise<unknown> {
  const response = await fetch(new URL(route, lab.adminUrl), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${lab.token}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    const reason =
      error instanceof Error
        ? error.cause instanceof Error
          ? error.cause.message
          : error.message
        : String(error);
    throw new LabProblem(
      `The lab at ${lab.adminUrl} does not answer (${reason}). If it was killed, start it again with "npm start" or "npm run lab".`,
    );
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  throw new LabProblem(`The lab refused: ${messageOf(answer)}`);
}

function messageOf(answer: unknown): string {
  const { error } = answer as { error?: { message?: string } };
  return error?.message ?? JSON.stringify(answer);
}
