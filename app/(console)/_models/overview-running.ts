import type { RunningShift } from '#components/overview/model.ts';
import type { SeriesRequest, SeriesResult } from '#lib/data/samples.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { findActiveOperation } from '#lib/services/operations/read.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { gateWords } from './common.ts';
import type { Frame } from './recovery/frame.ts';
import { mapSection, readSection } from './sections.ts';

const MINUTES = 15;
const POINTS = 36;
export const COURSE_MISSING = 'The last minutes could not be read';

/** As far back as the overview looks. */
export function readLastMinutes(
  context: VerbContext,
  lines: Pick<SeriesRequest, 'subjects' | 'metrics'>,
): Promise<SeriesResult> {
  const { now } = context;
  const from = new Date(now.getTime() - MINUTES * 60_000);
  return readSharedSeries(context, { ...lines, from, to: now, points: POINTS });
}

/** The shift that is under way: how the share of the Region that gains most follows the weights. */
export async function runningShift(
  frame: Frame,
  active: Awaited<ReturnType<typeof findActiveOperation>>,
): Promise<RunningShift | null> {
  const { context, here, situation } = frame;
  if (!active) return null;
  const plan = active.plan as {
    change?: { sharesBefore: Record<string, number>; sharesAfter: Record<string, number> };
  };
  const { change } = plan;
  if (!change) return null;
  const gain = (code: string) => (change.sharesAfter[code] ?? 0) - (change.sharesBefore[code] ?? 0);
  const { regions } = situation.outlook.environment;
  const region = regions.toSorted((a, b) => gain(b) - gain(a))[0];
  if (!region) return null;
  const course = await readSection(frame, COURSE_MISSING, () =>
    readLastMinutes(context, { subjects: [region], metrics: ['share.configured', 'share.measured'] }),
  );
  return {
    id: active.id,
    href: routes.operation(active.id, here),
    region,
    course: mapSection(course, (history) => ({
      configured: pointsOf(history, 'share.configured'),
      measured: pointsOf(history, 'share.measured'),
    })),
    gates: gateWords(context.estate),
  };
}

function pointsOf({ times, series }: SeriesResult, wanted: string): { at: string; share: number }[] {
  const values = series.find(({ metric }) => metric === wanted)?.values ?? [];
  return values.flatMap((share, i) =>
    share === null ? [] : [{ at: new Date((times[i] ?? 0) * 1_000).toISOString(), share }],
  );
}
