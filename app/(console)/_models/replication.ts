import type { ReplicationModel } from '#components/replication/model.ts';
import { databaseRole } from '#lib/domain/replication/role.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { linkSource } from '#lib/services/links/link.ts';
import { linksOf, type ReplicationLink } from '#lib/services/links/list.ts';
import { type EstateState, readEstateState } from '#lib/services/regions/state.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { count, worstStatus } from './common.ts';
import { missingPaths } from './missing-paths.ts';
import { linkRow } from './replication-links.ts';
import { lagMetric, lagSubject, selectedLink } from './replication-selected.ts';
import { readSection } from './sections.ts';

const HISTORY_POINTS = 60;

type Range = { from: Date; to: Date; label: string };

/** Every link as it is now, whatever copies along it; the chosen one with its course. */
export async function replicationModel(
  context: VerbContext,
  environment: string,
  range: Range,
  wanted?: string,
): Promise<ReplicationModel> {
  const state = await readEstateState(context, environment);
  const links = linksOf(context, state);
  const histories = await readSection({ context }, 'How lag went could not be read', () =>
    readHistories(context, links, range),
  );
  const rows = links.map((link) =>
    linkRow(context, environment, link, histories.ok ? histories.value(link) : []),
  );
  const missing = missingPaths(state);
  const selected = links.find(({ id }) => id === wanted) ?? links[0];
  return {
    at: context.now.toISOString(),
    status: worstStatus([
      ...rows.map(({ status }) => status),
      ...(missing.length > 0 ? (['warning'] as const) : []),
    ]),
    answer: answerOf(links, missing.length),
    detail: detailOf(context, state),
    links: rows,
    courses: histories.ok ? null : histories.problem,
    missing: missing.map(([from, to]) => ({
      id: `${from}-${to}`,
      from,
      to,
      text: `No active peering with routes both ways, so neither can reach a writer in the other. The strategy document routes it “via US”, which peering cannot do.`,
      finding: 'B-05',
    })),
    selected: selected ? await selectedLink(context, state, selected, range) : null,
  };
}

async function readHistories(
  context: VerbContext,
  links: readonly ReplicationLink[],
  { from, to }: Range,
): Promise<(link: ReplicationLink) => readonly (number | null)[]> {
  const { series } = await readSharedSeries(context, {
    subjects: links.map(lagSubject),
    metrics: [...new Set(links.map(lagMetric))],
    from,
    to,
    points: HISTORY_POINTS,
  });
  const byKey = new Map(series.map(({ subject, metric, values }) => [`${subject} ${metric}`, values]));
  return (link) => byKey.get(`${lagSubject(link)} ${lagMetric(link)}`) ?? [];
}

function detailOf(context: VerbContext, state: EstateState): string {
  const { writer } = linkSource(context, state);
  if (!writer) return 'No primary is known.';
  const { region, database } = writer;
  const instance = database.value?.instanceId ?? region.database.instanceId;
  const primaries = state.regions.filter(
    (other) => databaseRole(other.region, other.database.value) === 'primary',
  );
  const doubt =
    primaries.length > 1 ? ` ${count(primaries.length, 'primary', 'primaries')} were seen last.` : '';
  return `Writes in ${region.code}, ${instance}.${doubt} Each number is what the service that copies says of itself.`;
}

function answerOf(links: readonly ReplicationLink[], missing: number): string {
  if (links.length === 0) return 'Nothing is replicated in this environment.';
  const number = (...statuses: ReplicationLink['status'][]) =>
    links.filter(({ status }) => statuses.includes(status)).length;
  const [broken, behind, silent] = [number('broken'), number('warning', 'critical'), number('unknown')];
  const paths =
    missing > 0 ? ` ${count(missing, 'network path')} ${missing === 1 ? 'is' : 'are'} missing.` : '';
  if (broken > 0) return `${count(broken, 'link')} ${broken === 1 ? 'does' : 'do'} not copy.${paths}`;
  if (behind > 0) return `${count(behind, 'link')} ${behind === 1 ? 'is' : 'are'} behind.${paths}`;
  if (silent > 0) return `${count(silent, 'link')} ${silent === 1 ? 'does' : 'do'} not report.${paths}`;
  return `${links.length === 1 ? 'The one link keeps up.' : `All ${links.length} links keep up.`}${paths}`;
}
