import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { shortDigest } from '#lib/domain/release/release.ts';
import type { Command, CommandInput } from '../command.ts';
import { EXIT, UsageProblem } from '../exit.ts';
import { CURSOR, listText, pageOf, valuesOf } from '../list.ts';
import { getJson, postJson } from '../remote.ts';
import { section, table, time } from '../text.ts';

// What the command line shows of the API's answers; `--json` prints them whole.
const Registered = z.looseObject({
  version: z.string(),
  digest: z.string(),
  registeredAt: z.string(),
  created: z.boolean(),
});
const Judged = z.looseObject({ version: z.string() });
const Release = z.looseObject({
  version: z.string(),
  digest: z.string(),
  schema: z.string(),
  schemaNote: z.string(),
  notes: z.string(),
  changeUrl: z.string().nullable(),
  author: z.string(),
  registrant: z.looseObject({ name: z.string() }),
  registeredAt: z.string(),
  bad: z.looseObject({ at: z.string(), reason: z.string(), operation: z.string().nullable() }).nullable(),
  registries: z.array(
    z.looseObject({
      region: z.string(),
      state: z.string(),
      taggedDigest: z.string().nullable(),
      observedAt: z.string().nullable(),
      why: z.string().nullable(),
    }),
  ),
  inEveryRegistry: z.boolean(),
  remarks: z.array(z.looseObject({ severity: z.string(), message: z.string() })),
  liveIn: z.array(
    z.looseObject({
      environment: z.string(),
      region: z.string(),
      colour: z.string().nullable(),
      since: z.string().nullable(),
    }),
  ),
  staging: z.looseObject({ operation: z.string(), at: z.string() }).nullable(),
});
type Release = z.output<typeof Release>;
const Releases = pageOf(Release);

const register: Command = {
  name: 'release register',
  positionals: '<version>',
  takes: { least: 1, most: 1 },
  summary: 'Register a version of the application as one image, for good',
  notes:
    'The same version and digest again is the same release and ends with 0; another digest ends with 3. The token needs the scope release.register.',
  options: {
    digest: { value: '<sha256:…>', help: 'digest of the image’s manifest' },
    schema: { value: 'none|expand|contract', help: 'what it does to the database’s schema' },
    'schema-note': { value: '<text>', help: 'what older code may still rely on' },
    notes: { value: '<text>', help: 'what is new' },
    'notes-file': { value: '<file>', help: 'the same, from a file' },
    'change-url': { value: '<url>', help: 'where the change was reviewed' },
    author: { value: '<name>', help: 'who wrote the change; the token’s owner by default' },
    key: { value: '<text>', help: 'Idempotency-Key' },
  },
  async run(input) {
    const registered = await postJson(
      Registered,
      '/releases',
      {
        version: input.positionals[0],
        digest: input.required('digest'),
        schema: input.required('schema'),
        schemaNote: input.required('schema-note'),
        notes: await notesOf(input),
        changeUrl: input.value('change-url'),
        author: input.value('author'),
      },
      input.value('key'),
    );
    const { version, digest, created, registeredAt } = registered;
    return {
      json: registered,
      text: created
        ? `${version} is registered as ${digest}.`
        : `${version} was registered as ${digest} on ${time(registeredAt)}; nothing has changed.`,
    };
  },
};

async function notesOf(input: CommandInput): Promise<string | undefined> {
  const file = input.value('notes-file');
  if (file === undefined) return input.value('notes');
  if (input.value('notes') !== undefined)
    throw new UsageProblem('Say the notes by --notes or by --notes-file, not by both.');
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageProblem(
      `--notes-file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

const list: Command = {
  name: 'release list',
  summary: 'Releases, newest first, and where each stands',
  options: {
    state: { value: 'all|good|bad', help: 'all by default' },
    limit: { value: '<number>', help: '50 by default, 200 at most' },
    ...CURSOR,
  },
  async run(input) {
    const page = await getJson(Releases, '/releases', valuesOf(input, ['state', 'limit', 'cursor']));
    return {
      json: page,
      text: listText(
        ['Version', 'Digest', 'Schema', 'Registered', 'By', 'Registries', 'Staging', 'Live in', 'Verdict'],
        page.items.map((release) => [
          release.version,
          shortDigest(release.digest),
          release.schema,
          time(release.registeredAt),
          release.registrant.name,
          registriesOf(release),
          release.staging?.operation ?? 'not proven',
          release.liveIn.map(({ environment, region }) => `${environment}/${region}`).join(', ') || '–',
          release.bad ? `BAD: ${release.bad.reason}` : '',
        ]),
        'There is none.',
        page.nextCursor,
      ),
    };
  },
};

function registriesOf({ registries }: Release): string {
  return `${registries.filter(({ state }) => state === 'present').length}/${registries.length}`;
}

const show: Command = {
  name: 'release show',
  positionals: '<version>',
  takes: { least: 1, most: 1 },
  summary: 'One release: what it is, where its image is, where it serves users',
  notes: 'Ends with 3 when it is bad, or not in every Region’s registry.',
  async run(input) {
    const release = await getJson(Release, `/releases/${encodeURIComponent(input.positionals[0] ?? '')}`);
    return {
      json: release,
      text: textOf(release),
      exitCode: release.bad || !release.inEveryRegistry ? EXIT.refused : EXIT.done,
    };
  },
};

function textOf(release: Release): string {
  const { bad, staging, liveIn } = release;
  return [
    `${release.version}  ${release.digest}`,
    ...(bad ? [`BAD since ${time(bad.at)}: ${bad.reason}${bad.operation ? ` (${bad.operation})` : ''}`] : []),
    `by ${release.author}, registered by ${release.registrant.name} on ${time(release.registeredAt)}`,
    ...(release.changeUrl ? [release.changeUrl] : []),
    `schema ${release.schema}: ${release.schemaNote}`,
    staging ? `proven in staging by ${staging.operation}, ${time(staging.at)}` : 'not proven in staging',
    '',
    table(
      ['Registry', 'State', 'Its tag names', 'Seen'],
      release.registries.map(({ region, state, taggedDigest, observedAt, why }) => [
        region,
        why ? `${state}: ${why}` : state,
        taggedDigest ? shortDigest(taggedDigest) : '–',
        time(observedAt),
      ]),
      'The estate has no Region.',
    ),
    '',
    section(
      'Live in',
      liveIn
        .map(
          ({ environment, region, colour, since }) =>
            `${environment}/${region}${colour ? ` as ${colour}` : ''}${since ? ` since ${time(since)}` : ''}`,
        )
        .join('\n') || 'nowhere',
    ),
    ...(release.remarks.length > 0
      ? ['', section('Remarks', release.remarks.map(({ message }) => message).join('\n'))]
      : []),
    ...(release.notes ? ['', section('Notes', release.notes)] : []),
  ].join('\n');
}

const REASON = { reason: { value: '<text>', help: 'why' } };

function judging(name: string, summary: string, said: string): Command {
  return {
    name: `release ${name}`,
    positionals: '<version>',
    takes: { least: 1, most: 1 },
    summary,
    options: REASON,
    async run(input) {
      const version = input.positionals[0] ?? '';
      const judged = await postJson(Judged, `/releases/${encodeURIComponent(version)}/${name}`, {
        reason: input.required('reason'),
      });
      return { json: judged, text: `${judged.version} ${said}` };
    },
  };
}

/** Registering versions of the application, and what is known of them. */
export const releaseCommands: readonly Command[] = [
  register,
  list,
  show,
  judging(
    'mark-bad',
    'Say why a release is bad',
    'is marked bad: nothing is deployed or rolled back to it until somebody clears it.',
  ),
  judging('clear', 'Say why a bad release may be deployed again', 'may be deployed again.'),
];
