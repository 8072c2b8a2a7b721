import type { Estate } from '#lib/domain/estate/estate.ts';
import { actsOf, renderScript } from './script.ts';
import { renderSheet, type SheetFacts } from './sheet.ts';
import type { BreakGlassPlan } from './subject.ts';

export type { SheetFacts } from './sheet.ts';
export type { BreakGlassPlan, BreakGlassRegion, BreakGlassSubject } from './subject.ts';
export { breakGlassPlans, digestOf, subjectDifferences } from './subject.ts';

export interface BreakGlassFiles {
  /** The page for people. */
  html: string;
  /** The same as a shell script. */
  script: string;
}

/**
 * Sheet and script of a plan, from one list of acts, so that they cannot say different things. `library` is the text of
 * library.sh, which is read by whoever may read files.
 */
export function renderBreakGlass(
  plan: BreakGlassPlan,
  { estate, library, ...facts }: SheetFacts & { estate: Estate; library: string },
): BreakGlassFiles {
  const acts = actsOf({ estate, subject: plan.subject });
  const script = renderScript(plan, { acts, library, madeAt: facts.madeAt });
  return { script, html: renderSheet(plan, { acts, script, facts }) };
}
