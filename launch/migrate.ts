import { DBOS } from '@dbos-inc/dbos-sdk';
import { migrate } from '#lib/data/migrate.ts';
import { errorMessage } from './problem.ts';

// A process of its own, so that the launcher neither keeps the owner's connection nor the engine's memory.
// Prints one JSON line: { applied: string[], warning?: string }.
const ownerUrl = process.env.MERIDIAN_OWNER_URL;
const applicationUrl = process.env.DATABASE_URL;
if (!ownerUrl || !applicationUrl)
  throw new Error('MERIDIAN_OWNER_URL and DATABASE_URL are needed to migrate.');

try {
  const applicationRole = decodeURIComponent(new URL(applicationUrl).username);
  const result = await migrate({ ownerUrl, applicationRole });
  await DBOS.migrate(ownerUrl, { applicationRole });
  console.log(JSON.stringify(result));
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 1;
}
