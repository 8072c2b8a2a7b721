import { every } from '../observe/every.ts';
import { createObservationStore } from '../observe/store.ts';
import { FENCE_TRIED_EVERY_SECONDS } from '../services/fences/means.ts';
import { actByPolicy } from './act-by-policy.ts';
import { sampleClients } from './clients.ts';
import { noticeDrills, requestDrills } from './drills.ts';
import { tryPendingFences } from './fence-watch.ts';
import { followRuns, reportEnded } from './finish.ts';
import type { RecoveryParts } from './parts.ts';
import { watchEnvironment } from './watch-regions.ts';

/** A report is there within 5 s of the end (issue, 5): looked for this often, ms. */
const REPORT_MS = 1_000;
const FOLLOW_MS = 5_000;
const DRILL_MS = 60_000;

/** Everything that one elected worker does about recovery, from election to handing over. */
export function startRecoveryWatch(parts: RecoveryParts, epoch: string): { stop(): Promise<void> } {
  const { estate, log } = parts;
  const store = createObservationStore(parts.database.pool, epoch);
  const periodMs = estate.metrics.periodSeconds * 1_000;
  const chores = [
    ...estate.environments.map((environment) =>
      every(
        periodMs,
        `the watch over ${environment.name}`,
        async () => {
          await watchEnvironment(parts, environment, epoch);
          await actByPolicy(parts, environment, epoch);
        },
        log,
      ),
    ),
    every(periodMs, 'what clients see', () => sampleClients(parts, store), log),
    every(REPORT_MS, 'writing reports', () => reportEnded(parts), log),
    every(FOLLOW_MS, 'following recoveries', () => followRuns(parts), log),
    every(FENCE_TRIED_EVERY_SECONDS * 1_000, 'the fence watch', () => tryPendingFences(parts), log),
    every(DRILL_MS, 'notices of drills', () => noticeDrills(parts), log),
    every(DRILL_MS, 'drills that are due', () => requestDrills(parts), log),
  ];
  return {
    async stop() {
      await Promise.all(chores.map((stop) => stop()));
    },
  };
}
