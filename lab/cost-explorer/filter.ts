import type { DimensionValues, Expression } from '@aws-sdk/client-cost-explorer';
import type { BillLine } from './bill.ts';
import { dimensionReader, refused } from './dimensions.ts';

export type LineFilter = (line: BillLine) => boolean;

const MAX_DEPTH = 16;

/** Reads Cost Explorer's filter expression. */
export function readFilter(expression: Expression | undefined, account: string, depth = 0): LineFilter {
  if (!expression) return () => true;
  if (depth > MAX_DEPTH) throw refused('The filter is nested too deeply.');
  const given = Object.entries(expression).filter(([, value]) => value !== undefined);
  if (given.length !== 1) {
    throw refused(
      `Expression has ${given.length} roots, it should have exactly one of And, Or, Not, Dimensions, Tags, CostCategories.`,
    );
  }
  const inner = (one: Expression) => readFilter(one, account, depth + 1);
  if (expression.And) return all(readSeveral('And', expression.And).map(inner));
  if (expression.Or) return any(readSeveral('Or', expression.Or).map(inner));
  if (expression.Not) {
    const negated = inner(expression.Not);
    return (line) => !negated(line);
  }
  if (expression.Dimensions) return readDimension(expression.Dimensions, account);
  // Nothing of the lab's estate carries cost tags or categories.
  const absent = (expression.Tags ?? expression.CostCategories)?.MatchOptions?.includes('ABSENT') ?? false;
  return () => absent;
}

function readSeveral(name: string, expressions: Expression[]): Expression[] {
  if (expressions.length < 2) throw refused(`${name} must have at least two expressions.`);
  return expressions;
}

const all =
  (filters: LineFilter[]): LineFilter =>
  (line) =>
    filters.every((filter) => filter(line));
const any =
  (filters: LineFilter[]): LineFilter =>
  (line) =>
    filters.some((filter) => filter(line));

type Match = (value: string, wanted: string) => boolean;
const MATCHES: Record<string, Match> = {
  EQUALS: (value, wanted) => value === wanted,
  STARTS_WITH: (value, wanted) => value.startsWith(wanted),
  ENDS_WITH: (value, wanted) => value.endsWith(wanted),
  CONTAINS: (value, wanted) => value.includes(wanted),
};

function readDimension({ Key, Values, MatchOptions }: DimensionValues, account: string): LineFilter {
  if (!Values?.length) throw refused(`The dimension ${Key ?? ''} of the filter has no Values.`);
  const read = dimensionReader(Key, account);
  const options = new Set(MatchOptions ?? ['EQUALS']);
  const insensitive = options.delete('CASE_INSENSITIVE');
  options.delete('CASE_SENSITIVE');
  const [name = 'EQUALS', ...more] = options;
  const matches = MATCHES[name];
  if (!matches || more.length > 0)
    throw refused(
      `MatchOptions ${[...options].join(', ')} is not one of ${Object.keys(MATCHES).join(', ')}.`,
    );
  const normal = (text: string) => (insensitive ? text.toLowerCase() : text);
  return (line) => Values.some((wanted) => matches(normal(read(line)), normal(wanted)));
}
