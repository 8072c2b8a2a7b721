import type { Estate } from '#lib/domain/estate/estate.ts';
import { type MetricQuery, toDataQuery } from '#lib/domain/observation/metric-queries.ts';
import { json, word } from './shell.ts';

/** A window is said as the shortest of these that holds it, minutes: looks again and again are the same command. */
const WINDOWS_MINUTES = [1, 5, 15, 60, 24 * 60];

/** These series over so long before the moment at which the command is typed. */
export function metricsCommand(
  { metrics }: Estate,
  region: string,
  { queries, window }: { queries: readonly MetricQuery[]; window: { fromMs: number; toMs: number } },
): string {
  const minutes = (window.toMs - window.fromMs) / 60_000;
  const shown = WINDOWS_MINUTES.find((candidate) => candidate >= minutes) ?? Math.ceil(minutes);
  const wanted = queries.map((query) => toDataQuery(query, metrics.periodSeconds));
  return `aws cloudwatch get-metric-data --region ${word(region)} --start-time "$(($(date +%s) - ${shown * 60}))" --end-time "$(date +%s)" --scan-by TimestampAscending --metric-data-queries ${json(wanted)}`;
}
