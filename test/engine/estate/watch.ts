import { recoveryActions } from '#lib/operations/recovery/actions.ts';
import { tryPendingFences } from '#lib/recovery/fence-watch.ts';
import { followRuns, reportEnded } from '#lib/recovery/finish.ts';
import type { RecoveryParts } from '#lib/recovery/parts.ts';
import { loadSigningKey } from '#lib/services/audit/heads.ts';
import type { TestDatabase } from '../harness.ts';
import { portTo } from './client.ts';
import { quickEstate } from './quick-estate.ts';

/** The chores of the elected worker that belong to a run: its fences and orders are filed, fences that wait are tried, its report is written. */
export async function recoveryWatch(db: TestDatabase, estateUrl: string): Promise<() => Promise<void>> {
  const parts: RecoveryParts = {
    database: db.database,
    estate: quickEstate(),
    log: () => undefined,
    executorId: 'w-elected',
    key: await loadSigningKey({ dataDir: db.cluster.dataDir }),
    actions: recoveryActions,
    engine: db.engine,
    awsFor: (attempt) => portTo(estateUrl, attempt),
    clientReportUrl: undefined,
    now: () => new Date(),
  };
  return async () => {
    await followRuns(parts);
    await tryPendingFences(parts);
    await reportEnded(parts);
  };
}
