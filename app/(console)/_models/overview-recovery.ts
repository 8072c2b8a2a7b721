import type { OverviewModel, ReadinessLine } from '#components/overview/model.ts';
import { plural } from '#components/ui/format.ts';
import type { Section } from '#components/ui/model.ts';
import type { ReadinessSummary } from '#lib/domain/recovery/readiness.ts';
import { routes } from '#lib/routes.ts';
import { findingsOf } from '#lib/services/findings/list.ts';
import { findReadinessSummary } from '#lib/services/recovery/read.ts';
import { worstStatus } from './common.ts';
import { findingStatus, findingText } from './findings.ts';
import { EVALUATED_WITHIN_SECONDS, type Frame } from './recovery/frame.ts';
import { readSection } from './sections.ts';

/** Findings that the page has room for. */
const MOST_FINDINGS = 5;

/** How ready a loss would find us, in a line: what is missing, and in which case most; as a worker last evaluated it. */
export function readinessLine(frame: Frame): Promise<OverviewModel['readiness']> {
  return readSection(frame, 'Readiness could not be read', async (): Promise<ReadinessLine> => {
    const evaluated = await findReadinessSummary(frame.context, frame.environment);
    return {
      ...(evaluated ? readinessWords(evaluated.summary) : { status: 'unknown', word: 'not evaluated yet' }),
      at: evaluated?.at.toISOString() ?? null,
      withinSeconds: EVALUATED_WITHIN_SECONDS,
    };
  });
}

function readinessWords({
  scenarios,
  blocked,
  unknown,
  warnings,
  worst,
}: ReadinessSummary): Pick<ReadinessLine, 'status' | 'word'> {
  if (worst === null) return { status: 'unknown', word: 'nothing to evaluate' };
  const most = scenarios > 1 ? `, most if ${worst}` : '';
  if (blocked > 0) return { status: 'warning', word: `${plural(blocked, 'gap')}${most}` };
  if (unknown > 0) return { status: 'unknown', word: `${plural(unknown, 'check')} not known${most}` };
  if (warnings > 0) return { status: 'ok', word: `ready, ${plural(warnings, 'warning')}` };
  return { status: 'ok', word: 'ready' };
}

/** The worst of what the strategy document says and the estate does not bear out. */
export function findingsSection(frame: Frame): Promise<Section<FindingsPart>> {
  return readSection(frame, 'Findings could not be read', async () => {
    const { items } = await findingsOf(frame.context, frame.situation.outlook);
    const open = items.filter(({ state, dismissal }) => state !== 'gone' && dismissal === null);
    const blocking = open.filter(({ severity, state }) => severity === 'block' && state === 'open').length;
    return {
      open: open.length,
      status: worstStatus(open.map(findingStatus)),
      note: `${open.length} open${blocking > 0 ? `, ${blocking} cannot work as written` : ''}`,
      items: open.slice(0, MOST_FINDINGS).map((finding) => ({
        id: finding.code,
        status: findingStatus(finding),
        title: finding.title,
        text: findingText(finding),
        end: finding.code,
        href: routes.findings({ ...frame.here, finding: finding.code }),
      })),
    };
  });
}

type FindingsPart = OverviewModel['findings'] extends Section<infer Part> ? Part : never;
