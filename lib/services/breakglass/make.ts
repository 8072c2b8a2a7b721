import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { renderBreakGlass } from '../../operations/breakglass/plan.ts';
import type { SigningKey } from '../audit/heads.ts';
import type { FactSource } from '../recovery/facts.ts';
import { readStepHistory } from '../recovery/history.ts';
import { type BreakGlassBundle, sealBundle } from './bundle.ts';
import type { CurrentPlans } from './plans.ts';

const LIBRARY = path.join(import.meta.dirname, '../../operations/breakglass/library.sh');

/** Sheet and script of each of these plans, signed. For workers and the command line: the web's build has no such file. */
export async function makeBundles(
  source: FactSource,
  { environment, plans, key }: { environment: string; plans: CurrentPlans['plans']; key: SigningKey },
): Promise<BreakGlassBundle[]> {
  if (plans.length === 0) return [];
  const { database, estate, now } = source;
  const library = await readFile(LIBRARY, 'utf8');
  const history = await readStepHistory(database, environment);
  return plans.map(({ plan, target }) => {
    const files = renderBreakGlass(plan, { estate, library, madeAt: now, target, history });
    return sealBundle(plan, files, { key, now });
  });
}
