import type { RunningShift } from '#components/overview/model.ts';
import type { SeriesRequest, SeriesResult } from '#lib/data/samples.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { findActiveOperation } from '#lib/services/operations/read.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { gateWords } from './common.ts';
import type { Frame } from './recovery/frame.ts';
import { mapSection, readSection } from './sections.ts';
import { courseOf, gainsMost, type ShareChange } from './share-course.ts';

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
  const { change } = active.plan as { change?: ShareChange };
  if (!change) return null;
  const region = gainsMost(change, situation.outlook.environment.regions);
  if (!region) return null;
  const course = await readSection(frame, COURSE_MISSING, () =>
    readLastMinutes(context, { subjects: [region], metrics: ['share.configured', 'share.measured'] }),
  );
  return {
    id: active.id,
    href: routes.operation(active.id, here),
    region,
    course: mapSection(course, (history) => ({
      configured: courseOf(history, 'share.configured'),
      measured: courseOf(history, 'share.measured'),
    })),
    gates: gateWords(context.estate),
  };
}
