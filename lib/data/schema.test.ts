import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MIGRATIONS } from './schema.ts';

it('the migrations this version knows are those it ships', () => {
  const folder = path.join(import.meta.dirname, '../../prisma/migrations');
  const shipped = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  expect(MIGRATIONS, 'Add the new migration to MIGRATIONS in lib/data/schema.ts.').toEqual(shipped);
});
