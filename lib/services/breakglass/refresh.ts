import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Database } from '../../data/database.ts';
import { placeByEnvironment } from '../audit/anchor.ts';
import { loadSigningKey, type SigningKey } from '../audit/heads.ts';
import { bundleFolder, listBundleNames, readBundle, removeBundle, writeBundle } from './files.ts';
import { makeBundles } from './make.ts';
import { readBreakGlassPlans } from './plans.ts';

export interface BreakGlassOptions {
  database: Database;
  estate: Estate;
  log: (message: string, fields?: Record<string, unknown>) => void;
  /** Where key and bundles are kept; `MERIDIAN_DATA` and `MERIDIAN_SIGNING_KEY` by default. */
  place?: { dataDir: string; signingKey?: string };
  everyMs?: number;
}

const EVERY_MS = 15_000;
/** Times and ranks on a sheet are of when it was made: a day later it is made again, ms. */
const STALE_MS = 86_400_000;

/**
 * Keeps the break-glass bundles of every environment current in `MERIDIAN_DATA/breakglass`. Every worker does so for its own
 * machine: a copy on each of them is what there is when the rest is gone.
 */
export async function startBreakGlass(options: BreakGlassOptions): Promise<{ stop(): Promise<void> }> {
  const { estate, log, everyMs = EVERY_MS } = options;
  const place = options.place ?? placeByEnvironment();
  const key = await loadSigningKey(place);
  let busy: Promise<void> | undefined;

  async function refreshAll(): Promise<void> {
    for (const { name } of estate.environments) {
      try {
        await refresh({ ...options, key, dataDir: place.dataDir, now: new Date() }, name);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log('the break-glass bundles were not refreshed', { environment: name, reason });
      }
    }
  }

  const tick = () => {
    busy ??= refreshAll().finally(() => {
      busy = undefined;
    });
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await busy;
    },
  };
}

interface Refreshing extends Pick<BreakGlassOptions, 'database' | 'estate' | 'log'> {
  key: SigningKey;
  dataDir: string;
  now: Date;
}

/** Writes what is new or changed, and removes plans that are no more. Where no writer is known, what is kept stays as it is. */
export async function refresh(parts: Refreshing, environment: string): Promise<void> {
  const { key, dataDir, now, log } = parts;
  const { writer, plans } = await readBreakGlassPlans(parts, environment);
  if (writer === null) return;
  const folder = bundleFolder(dataDir, environment);
  const outdated: typeof plans = [];
  for (const candidate of plans) {
    const kept = await readBundle(folder, candidate.plan.name);
    const isCurrent =
      kept?.digest === candidate.plan.digest &&
      kept.key === key.id &&
      now.getTime() - Date.parse(kept.madeAt) < STALE_MS;
    if (!isCurrent) outdated.push(candidate);
  }
  for (const bundle of await makeBundles(parts, { environment, plans: outdated, key })) {
    await writeBundle(folder, bundle);
    log('break-glass bundle', { environment, bundle: bundle.name, digest: bundle.digest });
  }
  const names = new Set(plans.map(({ plan }) => plan.name));
  for (const name of await listBundleNames(folder)) {
    if (names.has(name)) continue;
    await removeBundle(folder, name);
    log('break-glass bundle removed: there is no such plan any more', { environment, bundle: name });
  }
}
