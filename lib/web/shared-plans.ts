import 'server-only';
import type { Database } from '../data/database.ts';
import { readPlan } from '../services/operations/stored.ts';

/** One operation runs in an environment; of so many the plan is kept. */
const KEPT = 20;

/**
 * Reads the plan of an operation once for all pages: it is large, and never changes. The digest tells a plan from that of an
 * operation which had the same number before a database was made anew.
 */
export function sharePlans(
  database: Pick<Database, 'prisma'>,
): (operation: { id: string; digest: string }) => Promise<unknown> {
  const plans = new Map<string, Promise<unknown>>();
  return ({ id, digest }) => {
    const key = `${id} ${digest}`;
    const known = plans.get(key);
    if (known) return known;
    const [oldest] = plans.keys();
    if (oldest !== undefined && plans.size >= KEPT) plans.delete(oldest);
    const reading = readPlan(database, id);
    plans.set(key, reading);
    reading.catch(() => plans.delete(key));
    return reading;
  };
}
