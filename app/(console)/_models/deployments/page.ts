import type { DeploymentsContent, DeploymentsModel } from '#components/deployments/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { type DeploymentsTab, routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type DeploymentSummary, listDeployments } from '#lib/services/deployments/list.ts';
import { type EnvironmentVersions, readVersions } from '#lib/services/deployments/versions.ts';
import { count, listOf, STATE_STATUS, STATE_WORDS, within } from '../common.ts';
import { readSection } from '../sections.ts';
import { numbersModel } from './numbers.ts';
import { releasesModel } from './releases.ts';
import { reachedWords, runsModel } from './runs.ts';
import { versionsModel } from './versions.ts';

const TABS: readonly { key: DeploymentsTab; label: string }[] = [
  { key: 'deployments', label: 'Deployments' },
  { key: 'releases', label: 'Releases' },
  { key: 'versions', label: 'Versions' },
  { key: 'numbers', label: 'Numbers' },
];

export interface DeploymentsPageQuery {
  tab?: string | undefined;
  state?: string | undefined;
  cursor?: string | undefined;
}

/** What was deployed, what can be, what serves where, and how well it goes, of one environment. */
export async function deploymentsModel(
  context: VerbContext,
  environment: string,
  query: DeploymentsPageQuery,
): Promise<DeploymentsModel> {
  const here = within(context.estate, environment);
  const tab = TABS.find(({ key }) => key === query.tab)?.key ?? 'deployments';
  const versions = await readVersions(context);
  const { items } = await listDeployments(context, { environment, state: 'active', limit: 1 });
  return {
    at: context.now.toISOString(),
    ...headOf(
      versions.find((candidate) => candidate.environment === environment),
      environment,
      items[0],
    ),
    tabs: TABS.map(({ key, label }) => ({
      label,
      href: routes.deployments({ ...here, tab: key === 'deployments' ? undefined : key }),
      current: key === tab,
    })),
    content: await contentOf({ context, environment, here, query, versions }, tab),
    register: {
      permission: permits(context.actor.grants, 'release.register'),
      author: context.actor.name,
    },
  };
}

interface Page {
  context: VerbContext;
  environment: string;
  here: { environment?: string };
  query: DeploymentsPageQuery;
  versions: EnvironmentVersions[];
}

async function contentOf(page: Page, tab: DeploymentsTab): Promise<DeploymentsContent> {
  switch (tab) {
    case 'deployments':
      return {
        tab,
        section: await readSection(page, 'Deployments could not be read', () => runsModel(page)),
      };
    case 'releases':
      return {
        tab,
        section: await readSection(page, 'Releases could not be read', () => releasesModel(page)),
      };
    case 'versions':
      return {
        tab,
        section: await readSection(page, 'Versions could not be read', () => versionsModel(page)),
      };
    case 'numbers':
      return {
        tab,
        section: await readSection(page, 'The numbers could not be read', () => numbersModel(page)),
      };
  }
}

type Head = Pick<DeploymentsModel, 'status' | 'answer' | 'detail'>;

/** What runs, if something does; else whether every Region serves the same. */
function headOf(
  versions: EnvironmentVersions | undefined,
  environment: string,
  running: DeploymentSummary | undefined,
): Head {
  if (!running) return servingOf(versions, environment);
  const [what, doing] =
    running.kind === 'rollback'
      ? ['rolls back', 'rolling back']
      : [`deploys ${running.version}`, `deploying ${running.version}`];
  const reached = `${reachedWords(running)} Regions${running.kind === 'rollback' ? ' back' : ' reached'}`;
  return {
    status: STATE_STATUS[running.state],
    answer:
      running.state === 'running'
        ? `${running.id} ${what}: ${reached}.`
        : `${running.id}, ${doing}, is ${STATE_WORDS[running.state]}: ${reached}.`,
    detail: byVersion(versions?.places ?? []),
  };
}

/** "v2.1.0 serves in us-east-1; v2.0.0 in eu-west-1." */
function byVersion(places: EnvironmentVersions['places']): string {
  const groups = Map.groupBy(
    places.filter(({ version }) => version !== null),
    ({ version }) => version ?? '',
  );
  const parts = [...groups].map(
    ([version, all], i) =>
      `${version} ${i === 0 ? 'serves in' : 'in'} ${listOf(all.map(({ region }) => region))}`,
  );
  return parts.length === 0 ? 'No cluster was observed lately.' : `${parts.join('; ')}.`;
}

function servingOf(
  versions: EnvironmentVersions | undefined,
  environment: string,
): Head & { answer: string } {
  const places = versions?.places ?? [];
  const bad = places.filter(({ differences }) => differences.some(({ code }) => code === 'bad'));
  const unknown = places.filter(({ version }) => version === null).map(({ region }) => region);
  const unsaid = unknown.length === 0 ? '' : ` What ${listOf(unknown)} serves is not known.`;
  const [first] = bad;
  if (first)
    return {
      status: 'critical',
      answer: `${first.version}, which is marked bad, serves users in ${listOf(bad.map(({ region }) => region))}.`,
      detail: `Roll it back.${unsaid}`,
    };
  if (versions?.state === 'differs')
    return {
      status: 'warning',
      answer: `The Regions of ${environment} do not serve the same.`,
      detail: `${byVersion(places)}${unsaid}`,
    };
  if (versions?.state !== 'same' || versions.common === null)
    return {
      status: 'unknown',
      answer:
        unknown.length === places.length
          ? `What ${environment} serves is not known.`
          : `${listOf(unknown)} of ${environment} ${unknown.length === 1 ? 'does' : 'do'} not say what is served there.`,
      detail: versions?.common ? `The others serve ${versions.common}.` : 'No cluster was observed lately.',
    };
  return {
    status: 'ok',
    answer:
      places.length === 1
        ? `${environment} serves ${versions.common}.`
        : `All ${count(places.length, 'Region')} of ${environment} serve ${versions.common}.`,
    detail: 'Nothing is being deployed.',
  };
}
