import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type Estate, parseEstate } from '#lib/domain/estate/estate.ts';
import { announceChange, appendAudit } from '../../data/audit.ts';
import { ValidationError } from '../../errors.ts';

/** Reads an estate from YAML, whole; throws a ValidationError that names every field that does not fit. */
export function readEstateYaml(yaml: string): Estate {
  const parsed = parseEstate(yaml);
  if (parsed.ok) return parsed.estate;
  const shown = parsed.problems.slice(0, 5).map(({ field, message }) => `${field || 'the file'} ${message}`);
  throw new ValidationError(
    `The estate was not imported: ${shown.join('; ')}.`,
    Object.fromEntries(parsed.problems.map(({ field, message }) => [field, message])),
  );
}

/** Stores the estate if its hash is new, with an audit entry; resolves with whether it was. `connection` is inside a transaction. */
export async function importEstate(
  connection: pg.ClientBase,
  yaml: string,
  by: string,
): Promise<{ imported: boolean; estate: Estate; hash: string }> {
  const estate = readEstateYaml(yaml);
  const hash = createHash('sha256').update(yaml).digest('hex');
  const { rows } = await connection.query<{ hash: string }>(
    'select hash from estate_revision order by id desc limit 1',
  );
  if (rows[0]?.hash === hash) return { imported: false, estate, hash };
  await connection.query('delete from estate_revision where hash = $1', [hash]);
  await connection.query('insert into estate_revision (hash, yaml, imported_by) values ($1, $2, $3)', [
    hash,
    yaml,
    by,
  ]);
  await appendAudit(connection, {
    verb: 'estate.import',
    actor: { kind: 'local', id: by },
    outcome: 'done',
    subject: `estate/${estate.estate}`,
    detail: { hash, regions: estate.regions.map(({ code }) => code) },
  });
  await announceChange(connection, 'estate', estate.estate);
  return { imported: true, estate, hash };
}

/** The estate in force. Throws when none was ever imported. */
export async function readCurrentEstate(queryable: Pick<pg.ClientBase, 'query'>): Promise<Estate> {
  const { rows } = await queryable.query<{ yaml: string }>(
    'select yaml from estate_revision order by id desc limit 1',
  );
  const yaml = rows[0]?.yaml;
  if (!yaml)
    throw new Error(
      'No estate has been imported. Start Meridian with npm start, or run: npm run meridian -- estate import estate.yaml',
    );
  return readEstateYaml(yaml);
}
