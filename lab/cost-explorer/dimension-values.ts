import type { GetDimensionValuesRequest, GetDimensionValuesResponse } from '@aws-sdk/client-cost-explorer';
import { daysBetween } from './days.ts';
import { dimensionReader, refused } from './dimensions.ts';
import { readFilter } from './filter.ts';
import { createPaging } from './paging.ts';
import { readTimePeriod } from './time-period.ts';
import type { CostView } from './view.ts';

const PAGE = 1000;

/** GetDimensionValues: which values of a dimension cost anything in the time. */
export function getDimensionValues(
  view: CostView,
  input: GetDimensionValuesRequest,
): GetDimensionValuesResponse {
  const range = readTimePeriod(input.TimePeriod, view.nowMs);
  const limit = input.MaxResults ?? PAGE;
  if (limit < 1) throw refused('MaxResults must be at least 1.');
  const read = dimensionReader(input.Dimension, view.account);
  const keep = readFilter(input.Filter, view.account);
  const wanted = (input.SearchString ?? '').toLowerCase();
  const lines = daysBetween(range.start, range.end).flatMap(view.linesOf).filter(keep);
  const values = [...new Set(lines.map(read))].filter((value) => value.toLowerCase().includes(wanted)).sort();
  const paging = createPaging(input);
  const offset = paging.offset();
  const page = values.slice(offset, offset + limit);
  return {
    DimensionValues: page.map((Value) => ({ Value, Attributes: {} })),
    ReturnSize: page.length,
    TotalSize: values.length,
    NextPageToken: offset + limit < values.length ? paging.token(offset + limit) : undefined,
  };
}
