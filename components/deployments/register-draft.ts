import { DIGEST_PATTERN, versionProblem } from '#lib/domain/release/release.ts';
import type { RegisterDraft } from './model.ts';

/** What is still to be said, as the button says it; undefined when nothing is. */
export function missingOf({ version, digest, schemaNote }: RegisterDraft): string | undefined {
  if (version === '') return 'Name the version first.';
  if (digest === '') return 'Give the image’s digest.';
  if (schemaNote.trim() === '') return 'Say what older code may still rely on.';
  return undefined;
}

/** What can be told before it is sent, by field; the server says the same, and more. */
export function problemsOf({
  version,
  digest,
  changeUrl,
}: RegisterDraft): Partial<Record<keyof RegisterDraft, string>> {
  const wrongVersion = version === '' ? null : versionProblem(version);
  return {
    ...(wrongVersion ? { version: fieldSentence(wrongVersion) } : {}),
    ...(digest === '' || DIGEST_PATTERN.test(digest)
      ? {}
      : { digest: 'Is not sha256: and 64 hexadecimal digits in lower case.' }),
    ...(changeUrl === '' || /^https?:\/\/\S+$/.test(changeUrl)
      ? {}
      : { changeUrl: 'Is not an http or https address.' }),
  };
}

/** The verb's words about a field, as they stand under it: "is missing" → "Is missing." */
export function fieldSentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, '')}.`;
}
