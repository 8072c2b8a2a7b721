import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Environment, type Estate, findEnvironment, parseEstate } from '#lib/domain/estate/estate.ts';

export const SEED_ESTATE_FILE = path.join(import.meta.dirname, '../estate.yaml');

let seed: Estate | undefined;

/** The estate the repository ships with: a fresh copy, to be changed at will. */
export function seedEstate(): Estate {
  seed ??= readSeed();
  return structuredClone(seed);
}

function readSeed(): Estate {
  const parsed = parseEstate(readFileSync(SEED_ESTATE_FILE, 'utf8'));
  if (!parsed.ok) throw new Error(`estate.yaml: ${JSON.stringify(parsed.problems)}`);
  return parsed.estate;
}

export function environmentOf(estate: Estate, name = 'production'): Environment {
  const environment = findEnvironment(estate, name);
  if (!environment) throw new Error(`The estate has no environment ${name}.`);
  return environment;
}
