import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { embeddedUrls, ensureRoles } from '#launch/postgres/roles.ts';
import { ensurePostgres } from '#launch/postgres/server.ts';
import { migrate } from '#lib/data/migrate.ts';
import { takeSnapshot } from './catalog.ts';

// npm run db:snapshot: migrates an empty database and writes what it consists of into prisma/snapshot.txt, to be reviewed
// beside the migration that changed it. test/service/schema.test.ts holds the two together.

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'meridian-snapshot-'));
chmodSync(dataDir, 0o755); // the server runs as another account when we are root
const server = await ensurePostgres({ dataDir });
try {
  const urls = embeddedUrls(dataDir, server.port);
  await ensureRoles(server.superuserUrl, urls);
  await migrate({ ownerUrl: urls.ownerUrl, applicationRole: new URL(urls.applicationUrl).username });
  const file = path.join(import.meta.dirname, 'snapshot.txt');
  await writeFile(file, await takeSnapshot(urls.ownerUrl));
  console.log(`Wrote ${path.relative(process.cwd(), file)}.`);
} finally {
  await server.stop(5_000);
  rmSync(dataDir, { recursive: true, force: true });
}
