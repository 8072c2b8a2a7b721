import 'server-only';
import { cache } from 'react';
import { readSituation, type Situation } from '../services/recovery/situation.ts';
import { assertPermitted } from '../services/verb.ts';
import { pageContext } from './session.ts';

/** What recovery is decided by, read once a request: bars, page and sheet speak of the same moment. */
export const pageSituation = cache(async (environment: string): Promise<Situation> => {
  const context = await pageContext();
  assertPermitted(context, 'read', {});
  return readSituation({ ...context, asker: { personId: context.actor.personId } }, environment);
});
