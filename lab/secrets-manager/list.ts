import type { Filter, ListSecretsCommandInput } from '@aws-sdk/client-secrets-manager';
import { AwsFault } from '#lab/wire/service.ts';
import { invalid } from './faults.ts';
import type { SecretRecord } from './records.ts';

const LARGEST_PAGE = 100;

/** What each filter looks at; values match from the beginning of a word, as Secrets Manager has it. */
const READERS: Record<string, (record: SecretRecord) => string[]> = {
  name: ({ name }) => [name],
  description: ({ description }) => [description],
  'tag-key': ({ tags }) => tags.map(({ Key }) => Key),
  'tag-value': ({ tags }) => tags.map(({ Value }) => Value),
  'primary-region': ({ primaryRegion }) => [primaryRegion],
  'owning-service': () => [],
};
const ALL = ['name', 'description', 'tag-key', 'tag-value', 'primary-region'];

/** One page of the secrets that every filter lets through, by name. */
export function listSecrets(
  records: SecretRecord[],
  input: ListSecretsCommandInput,
): { page: SecretRecord[]; nextToken: string | undefined } {
  const { MaxResults: size = LARGEST_PAGE, NextToken: token, Filters = [], SortOrder } = input;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE)
    throw invalid(size, 'maxResults', `Member must have value between 1 and ${LARGEST_PAGE}`);
  const tests = Filters.map(testOf);
  const sorted = records
    .filter((record) => tests.every((test) => test(record)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (SortOrder === 'desc') sorted.reverse();
  const start = token === undefined ? 0 : readToken(token);
  const end = start + size;
  return {
    page: sorted.slice(start, end),
    nextToken: end < sorted.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}

function testOf({ Key = 'all', Values = [] }: Filter): (record: SecretRecord) => boolean {
  const readers = (Key === 'all' ? ALL : [Key]).map((name) =>
    Object.hasOwn(READERS, name) ? READERS[name] : undefined,
  );
  if (readers.includes(undefined))
    throw invalid(
      Key,
      'filters.member.key',
      `Member must satisfy enum value set: [${Object.keys(READERS)}, all]`,
    );
  const wanted = Values.map((value) => ({
    not: value.startsWith('!'),
    text: value.replace(/^!/, '').toLowerCase(),
  }));
  return (record) => {
    const texts = readers.flatMap((read) => read?.(record) ?? []).map((text) => text.toLowerCase());
    return wanted.some(({ not, text }) => texts.some((one) => one.startsWith(text)) !== not);
  };
}

function readToken(token: string): number {
  const start = Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isSafeInteger(start) || start < 1)
    throw new AwsFault('InvalidNextTokenException', 'The NextToken value is invalid.');
  return start;
}
