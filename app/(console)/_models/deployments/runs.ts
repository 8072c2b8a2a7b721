import type { RunRow, RunsModel } from '#components/deployments/model.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import {
  type DeploymentFilter,
  type DeploymentSummary,
  listDeployments,
} from '#lib/services/deployments/list.ts';
import { count, STATE_STATUS, STATE_WORDS } from '../common.ts';
import { kindName } from '../kind-words.ts';

const FILTERS: readonly { key: DeploymentFilter | undefined; label: string; none: string }[] = [
  { key: undefined, label: 'All', none: 'was ever asked for' },
  { key: 'active', label: 'Running', none: 'is running' },
  { key: 'waiting', label: 'Waiting', none: 'waits for approval or for its time' },
  { key: 'done', label: 'Done', none: 'went through' },
  { key: 'back', label: 'Turned round', none: 'was turned round' },
  { key: 'failed', label: 'Failed', none: 'failed' },
  { key: 'refused', label: 'Never started', none: 'was refused, sent back, withdrawn or left to expire' },
];

interface RunsPage {
  context: VerbContext;
  environment: string;
  here: { environment?: string };
  query: { state?: string | undefined; cursor?: string | undefined };
}

/** A page of the deployments and rollbacks of an environment. */
export async function runsModel({ context, environment, here, query }: RunsPage): Promise<RunsModel> {
  const filter = FILTERS.find(({ key }) => key === query.state) ?? FILTERS[0];
  const filtered = { ...here, state: filter?.key };
  const { items, nextCursor } = await listDeployments(context, {
    environment,
    ...(filter?.key ? { state: filter.key } : {}),
    ...(query.cursor ? { cursor: query.cursor } : {}),
  });
  return {
    filters: FILTERS.map(({ key, label }) => ({
      label,
      href: routes.deployments({ ...here, state: key }),
      current: key === filter?.key,
    })),
    rows: items.map((item) => runRow(item, here)),
    summary: `${count(items.length, 'run')} on this page`,
    newer: query.cursor ? routes.deployments(filtered) : null,
    older: nextCursor ? routes.deployments({ ...filtered, cursor: nextCursor }) : null,
    none: {
      title: 'No deployment here.',
      text: `No deployment to ${environment} ${filter?.none}.${filter?.key ? '' : ' Register a release, then deploy it.'}`,
    },
  };
}

export function runRow(item: DeploymentSummary, here: { environment?: string }): RunRow {
  const { id, kind, state, title, regions, requester, createdAt, startedAt, endedAt } = item;
  return {
    id,
    href: routes.operation(id, here),
    status: STATE_STATUS[state],
    word: STATE_WORDS[state],
    kind: kindName(kind),
    what: title,
    regions,
    reached: `${reachedWords(item)}${kind === 'rollback' ? ' back' : ''}`,
    who: requester.name,
    requestedAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    tookSeconds: startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1_000 : null,
  };
}

/** "2 of 3", "1 of 3, put back"; of a rollback, how many are back. */
export function reachedWords({ kind, regions }: Pick<DeploymentSummary, 'kind' | 'regions'>): string {
  const reached = regions.filter((region) => region.reached !== 'no');
  const back = regions.filter((region) => region.reached === 'back');
  if (kind === 'rollback') return `${back.length} of ${regions.length}`;
  const words = `${reached.length} of ${regions.length}`;
  if (back.length === 0) return words;
  return back.length === reached.length ? `${words}, put back` : `${words}, ${back.length} put back`;
}
