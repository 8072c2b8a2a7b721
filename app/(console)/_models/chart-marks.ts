import type { Mark } from '#components/charts/model.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listSwitches } from '#lib/services/deployments/switches.ts';

/** Moments at which users were moved to another version: "v2.1.0 us-east-1", or of one Region "v2.1.0". */
export async function versionMarks(
  { database }: VerbContext,
  asked: { environment: string; from: Date; to: Date; region?: string },
): Promise<Mark[]> {
  const switches = await listSwitches(database, asked);
  return switches.map(({ region, to, switchedAtMs }) => ({
    at: switchedAtMs / 1_000,
    label: asked.region === undefined ? `${to} ${region}` : to,
  }));
}

/** As charts need them: in order. */
export function inTime(marks: readonly Mark[]): Mark[] {
  return marks.toSorted((a, b) => a.at - b.at);
}
