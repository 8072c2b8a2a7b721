import { AwsFault } from '#lab/wire/service.ts';
import { expectId, invalidValue, type Kind, notFound } from './faults.ts';
import type { Tag } from './records.ts';

export interface Filter {
  Name?: string;
  Values?: string[];
}

interface Query {
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

/** How a filter reads a record: the values of it that may match. */
export type FilterReaders<T> = Record<string, (record: T) => (string | undefined)[]>;

interface Selection<T extends { id: string; tags: Tag[] }> {
  kind: Kind;
  records: T[];
  ids: string[] | undefined;
  query: Query;
  readers: FilterReaders<T>;
}

export interface Page<T> {
  items: T[];
  NextToken: string | undefined;
}

const SMALLEST_PAGE = 5;
const LARGEST_PAGE = 1000;

/** The records a `Describe*` call asks for: by ids (each must exist), filters and page, in the order of their ids. */
export function select<T extends { id: string; tags: Tag[] }>(selection: Selection<T>): Page<T> {
  const { kind, records, ids, query, readers } = selection;
  for (const id of ids ?? []) {
    expectId(kind, id);
    if (!records.some((record) => record.id === id)) throw notFound(kind, id);
  }
  if (ids?.length && query.MaxResults !== undefined) {
    throw new AwsFault('InvalidParameterCombination', `The parameter MaxResults cannot be used with ids.`);
  }
  const tests = (query.Filters ?? []).map((filter) => filterTest(filter, readers));
  const found = records
    .filter((record) => !ids?.length || ids.includes(record.id))
    .filter((record) => tests.every((test) => test(record)))
    .toSorted((a, b) => a.id.localeCompare(b.id));
  return paged(found, query);
}

function filterTest<T extends { tags: Tag[] }>(
  { Name = '', Values = [] }: Filter,
  readers: FilterReaders<T>,
) {
  const patterns = Values.map(wildcard);
  const read = tagReader(Name) ?? readers[Name];
  if (!read) throw invalidValue(`The filter '${Name}' is invalid`);
  return (record: T) => read(record).some((value) => patterns.some((pattern) => pattern.test(value ?? '')));
}

function tagReader(name: string): ((record: { tags: Tag[] }) => string[]) | undefined {
  if (name === 'tag-key') return ({ tags }) => tags.map(({ Key }) => Key);
  const key = /^tag:(.+)$/.exec(name)?.[1];
  if (!key) return undefined;
  return ({ tags }) => tags.filter((tag) => tag.Key === key).map(({ Value }) => Value);
}

/** `*` and `?` as EC2's filters know them. */
function wildcard(value: string): RegExp {
  const pattern = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`);
}

function paged<T>(found: T[], { MaxResults, NextToken }: Query): Page<T> {
  if (MaxResults !== undefined && (MaxResults < SMALLEST_PAGE || MaxResults > LARGEST_PAGE)) {
    throw invalidValue(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${SMALLEST_PAGE} and ${LARGEST_PAGE}.`,
    );
  }
  const start = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64url').toString());
  if (!Number.isSafeInteger(start) || start < 0) {
    throw invalidValue(`Value ( ${NextToken} ) for parameter nextToken is invalid.`);
  }
  const end = start + (MaxResults ?? LARGEST_PAGE);
  return {
    items: found.slice(start, end),
    NextToken: end < found.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}
