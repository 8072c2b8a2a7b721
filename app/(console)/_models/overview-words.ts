import type { MapLink } from '#components/map/model.ts';
import type { AttentionItem, RegionRow } from '#components/overview/model.ts';
import { formatNumber, formatShare, NBSP } from '#components/ui/format.ts';
import type { Sentence } from '#components/ui/model.ts';
import { healthCheckIdOf } from '#lib/domain/estate/environments.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { linkSource } from '#lib/services/links/link.ts';
import { type EstateState, isFresh } from '#lib/services/regions/state.ts';
import { count, listOf } from './common.ts';
import { FORCED_OFF } from './region-verdict.ts';

/** What serves, worst first; a Region in trouble comes before everything, with how long and in whose eyes. */
export function answerOf(
  regions: readonly RegionRow[],
  links: readonly MapLink[],
  attention: readonly AttentionItem[],
): Sentence {
  const codes = regions.map(({ code }) => code);
  const troubled = regions.filter(({ trouble }) => trouble !== null);
  const rest = regions.filter(({ trouble }) => trouble === null);
  const ordersFail = rest.filter((region) => region.ordersFail);
  const down = rest.filter((region) => region.status === 'critical' && !region.ordersFail);
  const silent = rest.filter(({ status }) => status === 'unknown');
  const off = rest.filter(({ word }) => word === FORCED_OFF);
  const serving = rest.length - down.length - silent.length - off.length;
  const parts = [
    ...(down.length > 0 ? [listOf(down.map(({ code, word }) => `${code} is ${word.toLowerCase()}`))] : []),
    ...(ordersFail.length > 0 ? [`orders fail in ${listOf(ordersFail.map(({ code }) => code))}`] : []),
    ...(silent.length > 0
      ? [`${listOf(silent.map(({ code }) => code))} ${silent.length === 1 ? 'does' : 'do'} not report`]
      : []),
    ...(off.length > 0
      ? [`${listOf(off.map(({ code }) => code))} ${off.length === 1 ? 'is' : 'are'} forced off`]
      : []),
    ...linkWords(links),
    ...alarmWords(attention),
  ];
  const lead = `${servingWords(serving, regions.length)}${ordersFail.length > 0 ? ' pages' : ''}.`;
  const tail = parts.length > 0 ? ` ${sentence(parts.join(', '), codes)}.` : '';
  return [...troubled.flatMap(troubleWords), `${lead}${tail}`];
}

function troubleWords({ code, status, word, trouble }: RegionRow): Exclude<Sentence, string> {
  if (trouble === null) return [];
  const { seenBy, since } = trouble;
  if (status === 'held') return [`${code} is fenced and ${word.toLowerCase()}. `];
  if (since === null) return [`${code} is ${word.toLowerCase()}. `];
  const verb = word === 'Failing' ? 'has been failing' : 'has been suspect';
  return [`${code} ${verb} for `, { since }, `; ${seenBy}. `];
}

function servingWords(serving: number, all: number): string {
  if (serving !== all)
    return `${numberWord(serving)} of ${all} Regions ${serving === 1 ? 'serves' : 'serve'}`;
  return all === 1 ? 'The one Region serves' : `All ${numberWord(all).toLowerCase()} Regions serve`;
}

function linkWords(links: readonly MapLink[]): string[] {
  const behind = links.filter(
    ({ missing, status }) => !missing && (status === 'warning' || status === 'critical'),
  ).length;
  return behind > 0
    ? [`${numberWord(behind).toLowerCase()} link${behind === 1 ? ' is' : 's are'} behind`]
    : [];
}

function alarmWords(attention: readonly AttentionItem[]): string[] {
  const alarms = attention.filter(({ id }) => id.startsWith('alarm')).length;
  return alarms > 0 ? [`${count(alarms, 'alarm')} ${alarms === 1 ? 'is' : 'are'} open`] : [];
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight'];

function numberWord(value: number): string {
  return NUMBERS[value] ?? String(value);
}

/** Begins with a capital, unless with a Region's code: that is written as AWS writes it. */
function sentence(text: string, codes: readonly string[]): string {
  return codes.some((code) => text.startsWith(code)) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

export function detailOf(context: VerbContext, state: EstateState, regions: readonly RegionRow[]): string {
  const { writer } = linkSource(context, state);
  const requests = state.requestsPerSecond;
  const isKnown = (at: string | null) => isFresh(at, context.now, state.staleAfterSeconds);
  const errors = state.regions
    .filter(({ traffic }) => isKnown(traffic.observedAt))
    .reduce(
      (sum, { traffic }) => sum + (traffic.value?.errorRate ?? 0) * (traffic.value?.requestsPerSecond ?? 0),
      0,
    );
  const errorWords =
    requests > 0 ? `${formatShare(errors / requests, 2)}${NBSP}% errors` : 'share of errors not known';
  const slowest = Math.max(0, ...regions.map(({ p95Ms: { at, value } }) => (isKnown(at) ? (value ?? 0) : 0)));
  const atLeast = state.uncounted.length > 0 ? 'At least ' : '';
  const uncounted = state.uncounted.length > 0 ? `, ${listOf(state.uncounted)} not counted` : '';
  const observed = state.regions.flatMap((region) => [
    region.traffic,
    region.nodes,
    region.database,
    ...(healthCheckIdOf(state.environment, region.region) === null ? [] : [region.healthCheck]),
    region.service,
  ]);
  const fresh = observed.filter(({ observedAt }) => isKnown(observedAt)).length;
  return [
    `Writes in ${writer?.region.code ?? 'no Region'}.`,
    `${atLeast}${formatNumber(requests, 1)}${NBSP}requests/s${uncounted}, ${errorWords}${slowest > 0 ? `, p95 up to ${Math.round(slowest)}${NBSP}ms` : ''}.`,
    `${fresh} of ${observed.length} observations are younger than ${state.staleAfterSeconds}${NBSP}s.`,
  ].join(' ');
}
