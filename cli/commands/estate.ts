import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { appendAudit } from '#lib/data/audit.ts';
import { ValidationError } from '#lib/errors.ts';
import { listPolicies } from '#lib/services/approvals/policies.ts';
import { importEstate, readEstateYaml } from '#lib/services/estate/estate.ts';
import { listFreezes } from '#lib/services/freezes/list.ts';
import type { Command } from '../command.ts';
import { CliProblem, EXIT } from '../exit.ts';
import { localActor, withLocalContext, withOwner } from '../local.ts';
import { everybody } from './people.ts';

const validate: Command = {
  name: 'estate validate',
  positionals: '<file>',
  takes: { least: 1, most: 1 },
  summary: 'Read an estate file and name every field that does not fit',
  async run(input) {
    const file = input.positionals[0] ?? '';
    const estate = readEstateYaml(await readText(file));
    return {
      json: { ok: true, estate: estate.estate, regions: estate.regions.map(({ code }) => code) },
      text: `${file} fits: ${estate.title}, ${estate.regions.length} Regions (${estate.regions.map(({ code }) => code).join(', ')}).`,
    };
  },
};

const importFile: Command = {
  name: 'estate import',
  positionals: '<file>',
  takes: { least: 1, most: 1 },
  summary: 'Put an estate in force, whole or not at all; workers restart with it',
  async run(input) {
    const yaml = await readText(input.positionals[0] ?? '');
    const by = localActor();
    const { imported, estate, hash } = await withOwner((database) =>
      database
        .inTransaction((connection) => importEstate(connection, yaml, by))
        .catch(async (error: unknown) => {
          if (error instanceof ValidationError) {
            await appendAudit(database.pool, {
              verb: 'estate.import',
              actor: { kind: 'local', id: by },
              outcome: 'refused',
              rule: 'validation',
              message: error.message.slice(0, 500),
              via: 'cli',
            });
          }
          throw error;
        }),
    );
    return {
      json: { imported, estate: estate.estate, hash },
      text: imported
        ? `${estate.title} is in force.`
        : `${estate.title} is in force already; nothing was changed.`,
    };
  },
};

const exportAll: Command = {
  name: 'estate export',
  summary: 'Print the estate in force; with --to, write it and the settings beside it',
  notes: 'Settings are people with their grants, policies, and open freezes: no password and no token.',
  options: { to: { value: '<folder>', help: 'write estate.yaml and settings.yaml there' } },
  async run(input) {
    const { yaml, settings } = await withLocalContext(async (context) => {
      const { rows } = await context.database.pool.query<{ yaml: string }>(
        'select yaml from estate_revision order by id desc limit 1',
      );
      const people = await everybody(context);
      return {
        yaml: rows[0]?.yaml ?? '',
        settings: {
          people: people.map(({ email, name, disabledAt, grants }) => ({
            email,
            name,
            disabled: disabledAt !== null,
            grants: grants.map(({ role, region, action }) => ({ role, region, action })),
          })),
          policies: await listPolicies(context.database),
          freezes: (await listFreezes(context, { limit: 200 })).items.map(
            ({ name, environment, region, actionKind, kind, stopTheLine, reason, ...when }) => ({
              name,
              environment,
              region,
              actionKind,
              kind,
              stopTheLine,
              reason,
              startsAt: when.startsAt.toISOString(),
              endsAt: when.endsAt?.toISOString() ?? null,
              recurrence: when.recurrence,
            }),
          ),
        },
      };
    });
    const folder = input.value('to');
    if (!folder) return { json: { yaml, settings }, text: yaml.trimEnd() };
    await mkdir(folder, { recursive: true });
    const files = [path.join(folder, 'estate.yaml'), path.join(folder, 'settings.yaml')] as const;
    await writeFile(files[0], yaml);
    await writeFile(files[1], stringify(settings));
    return { json: { files }, text: `Wrote ${files.join(' and ')}.` };
  },
};

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliProblem(EXIT.usage, `${file} cannot be read: ${error.code ?? error.message}.`);
  });
}

export const estateCommands: readonly Command[] = [validate, importFile, exportAll];
