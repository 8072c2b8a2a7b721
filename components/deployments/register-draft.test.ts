import { expect, test } from 'vitest';
import type { RegisterDraft } from './model.ts';
import { fieldSentence, missingOf, problemsOf } from './register-draft.ts';

const DRAFT: RegisterDraft = {
  version: 'v2.1.0',
  digest: `sha256:${'a'.repeat(64)}`,
  schema: 'none',
  schemaNote: 'No change.',
  notes: '',
  changeUrl: '',
  author: '',
};

test.each<[string, Partial<RegisterDraft>, string | undefined]>([
  ['nothing', {}, undefined],
  ['the version', { version: '' }, 'Name the version first.'],
  ['the digest', { digest: '' }, 'Give the image’s digest.'],
  ['the statement', { schemaNote: '  ' }, 'Say what older code may still rely on.'],
])('%s is missing', (_, changes, reason) => {
  expect(missingOf({ ...DRAFT, ...changes })).toBe(reason);
});

test.each<[string, Partial<RegisterDraft>, string[]]>([
  ['as it should be', { changeUrl: 'https://git.example.com/1' }, []],
  ['not yet filled in', { version: '', digest: '' }, []],
  ['a tag that moves', { version: 'latest' }, ['version']],
  ['an image by its tag', { digest: 'shop:v2.1.0' }, ['digest']],
  ['a link of another kind', { changeUrl: 'javascript:alert(1)' }, ['changeUrl']],
])('%s', (_, changes, fields) => {
  const problems = problemsOf({ ...DRAFT, ...changes });
  expect(Object.keys(problems)).toEqual(fields);
  for (const problem of Object.values(problems)) expect(problem).toMatch(/^[A-Z].*\.$/);
});

test('the verb’s words about a field become a sentence', () => {
  expect(fieldSentence('is missing')).toBe('Is missing.');
  expect(fieldSentence('is not a version.')).toBe('Is not a version.');
});
