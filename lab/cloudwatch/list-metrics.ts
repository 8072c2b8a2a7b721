import type { DimensionFilter, ListMetricsInput, ListMetricsOutput } from '@aws-sdk/client-cloudwatch';
import type { MetricId, MetricStore } from '#lab/kernel/metrics.ts';
import { invalidToken, missing } from './refusals.ts';

const PAGE = 500;

export function listMetrics(store: MetricStore, input: ListMetricsInput, region: string): ListMetricsOutput {
  const offset = readOffset(input.NextToken);
  const filters = input.Dimensions ?? [];
  if (filters.some((filter) => !filter.Name)) throw missing('Dimensions.Name');
  const found = store
    .list(region, input.Namespace)
    .filter((id) => input.MetricName === undefined || id.name === input.MetricName)
    .filter((id) => filters.every((filter) => hasDimension(id, filter)))
    .sort(byName);
  const next = offset + PAGE;
  return {
    Metrics: found.slice(offset, next).map((id) => ({
      Namespace: id.namespace,
      MetricName: id.name,
      Dimensions: Object.entries(id.dimensions).map(([Name, Value]) => ({ Name, Value })),
    })),
    NextToken: found.length > next ? Buffer.from(String(next)).toString('base64url') : undefined,
  };
}

function hasDimension(id: MetricId, { Name = '', Value }: DimensionFilter): boolean {
  const value = id.dimensions[Name];
  return value !== undefined && (Value === undefined || Value === value);
}

/** A stable order, so that pages neither repeat nor skip. */
function byName(a: MetricId, b: MetricId): number {
  const key = (id: MetricId) => JSON.stringify([id.namespace, id.name, Object.entries(id.dimensions).sort()]);
  return key(a) < key(b) ? -1 : 1;
}

function readOffset(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = Buffer.from(token, 'base64url').toString();
  if (!/^\d{1,9}$/.test(offset)) throw invalidToken();
  return Number(offset);
}
