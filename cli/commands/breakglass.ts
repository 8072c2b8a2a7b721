import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { dataDirectory } from '#launch/paths.ts';
import { appendAudit } from '#lib/data/audit.ts';
import { databaseTrouble } from '#lib/data/database.ts';
import { loadSigningKey, readPublicKey, SIGNING_KEY_FILE } from '#lib/services/audit/heads.ts';
import { type BreakGlassBundle, checkBundle, hashOf } from '#lib/services/breakglass/bundle.ts';
import { writeBundle } from '#lib/services/breakglass/files.ts';
import { type ImportedRun, importRecord } from '#lib/services/breakglass/import.ts';
import { makeBundles } from '#lib/services/breakglass/make.ts';
import { differencesFromNow, readBreakGlassPlans } from '#lib/services/breakglass/plans.ts';
import { readCurrentEstate } from '#lib/services/estate/estate.ts';
import type { Command } from '../command.ts';
import { CliProblem, EXIT, UsageProblem } from '../exit.ts';
import { localActor, withOwner } from '../local.ts';
import { table, time } from '../text.ts';

const exportBundles: Command = {
  name: 'breakglass export',
  summary: 'Write the break-glass sheets and scripts of now, signed',
  notes:
    'Workers keep the same files in the data folder, under breakglass/. Copy them to where they can be had when all of\nMeridian is gone.',
  options: {
    environment: { value: '<name>', help: 'only of this one' },
    out: { value: '<folder>', help: 'where to; ./break-glass by default' },
  },
  async run(input) {
    const asked = input.value('environment');
    const out = input.value('out') ?? 'break-glass';
    const key = await loadSigningKey({
      dataDir: dataDirectory(),
      signingKey: process.env.MERIDIAN_SIGNING_KEY,
    });
    const made = await withOwner(async (database) => {
      const estate = await readCurrentEstate(database.pool);
      const source = { database, estate, now: new Date() };
      const known = estate.environments.map(({ name }) => name);
      if (asked !== undefined && !known.includes(asked))
        throw new UsageProblem(`There is no environment ${asked}; there are ${known.join(', ')}.`);
      const bundles: BreakGlassBundle[] = [];
      for (const environment of asked === undefined ? known : [asked]) {
        const { plans } = await readBreakGlassPlans(source, environment);
        bundles.push(...(await makeBundles(source, { environment, plans, key })));
      }
      if (bundles.length > 0) {
        await appendAudit(database.pool, {
          verb: 'breakglass.export',
          actor: { kind: 'local', id: localActor() },
          outcome: 'done',
          via: 'cli',
          detail: {
            bundles: bundles.map(({ environment, name, digest }) => ({ environment, name, digest })),
          },
        });
      }
      return bundles;
    });
    if (made.length === 0) {
      throw new CliProblem(
        EXIT.failed,
        'There is no plan to export: no environment has a single writer that was seen, and a copy of it in another Region. Start Meridian, and let it see the Regions first.',
      );
    }
    const files: string[] = [];
    for (const bundle of made) files.push(...(await writeBundle(path.join(out, bundle.environment), bundle)));
    const rows = made.map(({ environment, name, digest }) => [environment, name, digest.slice(0, 16)]);
    return {
      json: { files, bundles: made.map(({ html: _, script: __, ...rest }) => rest) },
      text: `${table(['Environment', 'Bundle', 'Plan'], rows, '')}\nWritten to ${out}: a sheet (.html), a script (.sh) and both under one signature (.json) of each.`,
    };
  },
};

const verify: Command = {
  name: 'breakglass verify',
  positionals: '<file>',
  takes: { least: 1, most: 1 },
  summary: 'Whether a bundle is whole and ours, and made from what is there now',
  notes:
    'Takes the .json of a bundle and looks at the sheet and script beside it too. Ends with 5 when something was changed, with 3\nwhen the topology has changed since. Works without a database; then nobody can say whether the topology has changed.',
  options: {
    'public-key': { value: '<file>', help: 'PEM of the key that signed it; the data folder’s by default' },
    offline: { help: 'do not look whether the topology has changed' },
  },
  async run(input) {
    const file = input.positionals[0] ?? '';
    const json = file.replace(/\.(sh|html)$/, '.json');
    const check = checkBundle(await readText(json), await publicKey(input.value('public-key')));
    if (!check.ok) return refused(json, [check.problem]);
    const { bundle } = check;
    const problems = await changedBeside(json, bundle);
    if (problems.length > 0) return refused(json, problems);
    const since = input.flag('offline') ? NOT_ASKED : await changedSince(bundle);
    const { name, environment, madeAt, digest, key } = bundle;
    return {
      json: { ok: true, name, environment, madeAt, digest, key, problems: [], ...since },
      text: [
        `${name} of ${environment} is whole: signed by key ${key}, made ${time(madeAt)}, plan ${digest}.`,
        since.topology === 'unknown'
          ? `Whether the topology has changed since is not known: ${since.why}`
          : since.topology === 'current'
            ? 'It is made from what is there now.'
            : `The topology has changed since: ${since.differences.join('; ')}. Export it again.`,
      ].join('\n'),
      exitCode: since.topology === 'changed' ? EXIT.refused : EXIT.done,
    };
  },
};

function refused(file: string, problems: string[]) {
  return {
    json: { ok: false, problems },
    text: [`REFUSED: ${file} must not be used.`, ...problems].join('\n'),
    exitCode: EXIT.auditBroken,
  };
}

/** The files that people will really use: their names stand beside the bundle's. */
async function changedBeside(json: string, bundle: BreakGlassBundle): Promise<string[]> {
  const base = json.replace(/\.json$/, '');
  const files = [
    { file: `${base}.sh`, sha256: bundle.scriptSha256 },
    { file: `${base}.html`, sha256: bundle.htmlSha256 },
  ];
  const problems: string[] = [];
  for (const { file, sha256 } of files) {
    if (!existsSync(file)) continue;
    if (hashOf(await readText(file)) !== sha256)
      problems.push(
        `${file} is not the file that was signed: it was changed. Take it from the bundle again.`,
      );
  }
  return problems;
}

interface Since {
  topology: 'current' | 'changed' | 'unknown';
  differences: string[];
  why: string | null;
}

const NOT_ASKED: Since = { topology: 'unknown', differences: [], why: 'it was not asked for.' };

async function changedSince(bundle: BreakGlassBundle): Promise<Since> {
  try {
    const differences = await withOwner(async (database) =>
      differencesFromNow(
        { database, estate: await readCurrentEstate(database.pool), now: new Date() },
        bundle,
      ),
    );
    return { topology: differences.length === 0 ? 'current' : 'changed', differences, why: null };
  } catch (error) {
    const why = error instanceof CliProblem ? error.message : databaseTrouble(error);
    if (!why) throw error;
    return { topology: 'unknown', differences: [], why };
  }
}

/** Never makes a key: one that was made now has signed nothing. */
async function publicKey(file: string | undefined) {
  if (file) return readPublicKey(await readText(file));
  const dataDir = dataDirectory();
  const signingKey = process.env.MERIDIAN_SIGNING_KEY;
  if (signingKey || existsSync(path.join(dataDir, SIGNING_KEY_FILE)))
    return (await loadSigningKey({ dataDir, signingKey })).publicKey;
  throw new UsageProblem(
    `There is no key in ${dataDir} to verify with. Name the public one with --public-key; "audit head" prints it where Meridian runs.`,
  );
}

const importFile: Command = {
  name: 'breakglass import',
  positionals: '<record>',
  takes: { least: 1, most: 1 },
  summary: 'Enter into the audit log what a break-glass script did, and open its review',
  notes:
    'Each act becomes an entry that is marked as offline, with its own time. A run that changed something owes a review by somebody\nelse. A record that has grown may be imported again: runs that are in the log are left.',
  options: {
    person: { value: '<e-mail>', help: 'who did it' },
    reason: { value: '<text>', help: 'why; who reviews it reads it' },
  },
  async run(input) {
    const record = await readText(input.positionals[0] ?? '');
    const email = input.required('person').toLowerCase();
    const reason = input.required('reason');
    const by = localActor();
    const runs = await withOwner(async (database) => {
      const person = await database.prisma.person.findUnique({ where: { email }, select: { id: true } });
      if (!person)
        throw new UsageProblem(`--person: nobody has the address ${email}. "user list" shows who there is.`);
      const estate = await readCurrentEstate(database.pool);
      return importRecord(database, { record, personId: person.id, reason }, { by, estate, now: new Date() });
    });
    return { json: { runs }, text: runs.map(runText).join('\n') };
  },
};

function runText({ run, plan, acts, dueAt, toBeFenced, before }: ImportedRun): string {
  if (before) return `${plan}, run ${run}: imported before, left as it is.`;
  const review = dueAt
    ? `It owes a review by somebody else until ${time(dueAt.toISOString())}.`
    : 'It changed nothing and owes no review.';
  const fence =
    toBeFenced === null
      ? ''
      : ` The old primary in ${toBeFenced} was not shut; a worker shuts it the moment ${toBeFenced} answers.`;
  return `${plan}, run ${run}: ${acts} acts entered. ${review}${fence}`;
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliProblem(EXIT.usage, `${file} cannot be read: ${error.code ?? error.message}.`);
  });
}

export const breakGlassCommands: readonly Command[] = [exportBundles, verify, importFile];
