import { migrate } from '#lib/data/migrate.ts';
import { migrateEngine } from '#lib/engine/dbos.ts';
import { bootstrap } from '#lib/services/bootstrap.ts';
import { errorMessage } from './problem.ts';
import type { MigrationOutcome } from './programs.ts';

// A process of its own, so that the launcher keeps neither the owner's connection nor the engine's memory.
// Its last line is a MigrationOutcome as JSON.
const ownerUrl = process.env.MERIDIAN_OWNER_URL;
const applicationUrl = process.env.DATABASE_URL;
const estatePath = process.env.MERIDIAN_ESTATE;
if (!ownerUrl || !applicationUrl || !estatePath) {
  throw new Error('MERIDIAN_OWNER_URL, DATABASE_URL and MERIDIAN_ESTATE are needed to migrate.');
}

try {
  const applicationRole = decodeURIComponent(new URL(applicationUrl).username);
  const { applied, warning } = await migrate({ ownerUrl, applicationRole });
  await migrateEngine({ ownerUrl, applicationRole });
  const demoPassword = process.env.MERIDIAN_DEMO_PASSWORD ?? null;
  const { estateImported } = await bootstrap({ ownerUrl, estatePath, demoPassword });
  console.log(JSON.stringify({ applied, estateImported, warning } satisfies MigrationOutcome));
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 1;
}
