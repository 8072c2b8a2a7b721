import type { Fence, FenceMeans } from '#components/recovery/model.ts';
import type { Status } from '#components/ui/model.ts';
import { factsOf } from '#lib/domain/recovery/facts.ts';
import { isShut } from '#lib/domain/recovery/topology.ts';
import { routes } from '#lib/routes.ts';
import { type FenceSummary, listFences } from '#lib/services/fences/list.ts';
import { FENCE_TRIED_EVERY_SECONDS } from '#lib/services/fences/means.ts';
import { listSalvage } from '#lib/services/salvage/list.ts';
import { fenceMeansName } from '../fence-words.ts';
import type { Frame } from './frame.ts';

const LISTED = 5;

const OUTCOMES = {
  done: { status: 'ok', word: 'done' },
  unreachable: { status: 'unknown', word: 'unreachable' },
  failed: { status: 'critical', word: 'failed' },
} as const satisfies Record<FenceSummary['means'][number]['outcome'], Pick<FenceMeans, 'status' | 'word'>>;

/** Databases that are to be shut, and those that are and still stand where a Region’s own should. */
export async function fenceModels(frame: Frame): Promise<Fence[]> {
  const { items } = await listFences(frame.context, { environment: frame.environment, limit: 20 });
  const shown = items.filter((fence) => matters(frame, fence)).slice(0, LISTED);
  const fences: Fence[] = [];
  for (const fence of shown) fences.push(await fenceModel(frame, fence));
  return fences;
}

/** One that is done matters until the Region was made whole again. */
function matters({ situation }: Frame, { state, region, instanceId }: FenceSummary): boolean {
  if (state === 'dropped') return false;
  if (state === 'pending') return true;
  const { database } = factsOf(situation.outlook.facts, region);
  return database.value?.instanceId === instanceId && isShut(database.value);
}

async function fenceModel(frame: Frame, fence: FenceSummary): Promise<Fence> {
  const { id, region, operation, state, means, attempts, lastAttemptAt, lastError, requestedAt } = fence;
  const done = state === 'done';
  const status: Status = done ? 'ok' : fence.splitBrainAt ? 'critical' : 'warning';
  return {
    id,
    region,
    operation: operation === null ? null : { id: operation, href: routes.operation(operation, frame.here) },
    status,
    word: done ? 'fenced' : 'not fenced',
    since: (fence.endedAt ?? requestedAt).toISOString(),
    means: means.map((tried, index) => ({
      id: `${tried.name}-${index}`,
      ...OUTCOMES[tried.outcome],
      name: fenceMeansName(tried.name),
      note: lastError !== null && tried.outcome !== 'done' ? lastError : '',
    })),
    watch: done
      ? null
      : {
          tries: attempts,
          triedAt: (lastAttemptAt ?? requestedAt).toISOString(),
          everySeconds: FENCE_TRIED_EVERY_SECONDS,
        },
    splitBrain: fence.splitBrainAt === null ? null : await splitBrainOf(frame, fence),
  };
}

async function splitBrainOf(
  { context, here }: Frame,
  { operation, region }: FenceSummary,
): Promise<Fence['splitBrain']> {
  const text = `${region} came back with a primary that took orders beside the new writer.`;
  if (operation === null) return { text, orders: null, href: routes.recovery(here) };
  const { total } = await listSalvage(context, { operation, limit: 1 });
  return {
    text,
    // None yet means that nobody has read it: the rebuild does.
    orders: total === 0 ? null : total,
    href: routes.operation(operation, { ...here, orders: 'salvage' }),
  };
}
