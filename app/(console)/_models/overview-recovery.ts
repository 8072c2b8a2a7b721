import type { OverviewModel } from '#components/overview/model.ts';
import { plural } from '#components/ui/format.ts';
import type { Section } from '#components/ui/model.ts';
import type { Readiness, ScenarioReadiness } from '#lib/domain/recovery/readiness.ts';
import type { Verdict } from '#lib/domain/recovery/verdict.ts';
import { routes } from '#lib/routes.ts';
import { findingsOf } from '#lib/services/findings/list.ts';
import { findEvaluatedAt } from '#lib/services/recovery/read.ts';
import { readinessOf } from '#lib/services/recovery/situation.ts';
import { worstStatus } from './common.ts';
import { findingStatus, findingText } from './findings.ts';
import { EVALUATED_WITHIN_SECONDS, type Frame, readSection } from './recovery/frame.ts';

/** Findings that the page has room for. */
const MOST_FINDINGS = 5;

/** How ready a loss would find us, in a line: what is missing, and in which case most. */
export async function readinessLine(frame: Frame): Promise<OverviewModel['readiness']> {
  const { context, environment, here, situation } = frame;
  return {
    ...readinessWords(readinessOf(situation)),
    href: routes.recovery({ ...here, tab: 'readiness' }),
    at: (await findEvaluatedAt(context, environment))?.toISOString() ?? null,
    withinSeconds: EVALUATED_WITHIN_SECONDS,
  };
}

function readinessWords({
  scenarios,
}: Pick<Readiness, 'scenarios'>): Pick<OverviewModel['readiness'], 'status' | 'word'> {
  const of = ({ cells }: ScenarioReadiness, wanted: Verdict) =>
    cells.filter(({ verdict }) => verdict === wanted).length;
  const sum = (wanted: Verdict) => scenarios.reduce((total, scenario) => total + of(scenario, wanted), 0);
  const [worst] = [...scenarios].sort(
    (a, b) => of(b, 'blocked') - of(a, 'blocked') || of(b, 'unknown') - of(a, 'unknown') || a.score - b.score,
  );
  if (!worst) return { status: 'unknown', word: 'nothing to evaluate' };
  const most = scenarios.length > 1 ? `, most if ${worst.title}` : '';
  const [gaps, unknown, warnings] = [sum('blocked'), sum('unknown'), sum('warning')];
  if (gaps > 0) return { status: 'warning', word: `${plural(gaps, 'gap')}${most}` };
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
