import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { dataDirectory } from '#launch/paths.ts';
import { findDatabaseUrls } from '#launch/postgres/database.ts';
import { type Database, openDatabase } from '#lib/data/database.ts';
import type { EngineClient } from '#lib/ports/engine.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { readCurrentEstate } from '#lib/services/estate/estate.ts';
import { CliProblem, EXIT } from './exit.ts';

/** Who acts at this machine's own command line, as the audit log names them. */
export function localActor(): string {
  return `local:${os.userInfo().username}@${os.hostname()}`;
}

/** The owner's URL: of the environment, else of the embedded server that runs on the data folder. */
export function ownerUrl(): string {
  const given = process.env.MERIDIAN_OWNER_URL;
  if (given) return given;
  const dataDir = dataDirectory();
  const found = findDatabaseUrls(dataDir)?.ownerUrl;
  if (found) return found;
  throw new CliProblem(
    EXIT.failed,
    `No database runs on ${dataDir}. Start Meridian (npm start), or name the database's owner in MERIDIAN_OWNER_URL.`,
  );
}

/** Whether the application runs as the tables' owner, as far as this environment tells: it could then rewrite the log. */
export function applicationOwnsTables(): boolean {
  const application = process.env.DATABASE_URL;
  if (!application || !URL.canParse(application)) return false;
  const owner = ownerUrl();
  return URL.canParse(owner) && new URL(owner).username === new URL(application).username;
}

/** Runs `work` on the database as its owner. */
export async function withOwner<Result>(work: (database: Database) => Promise<Result>): Promise<Result> {
  const database = openDatabase({ url: ownerUrl(), connections: 3, name: 'meridian-cli' });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Runs verbs as this machine's user: with an admin's grants, because whoever holds the owner's password could do all of it. */
export function withLocalContext<Result>(work: (context: VerbContext) => Promise<Result>): Promise<Result> {
  return withOwner(async (database) =>
    work({
      actor: {
        audit: { kind: 'local', id: localActor() },
        personId: null,
        name: localActor(),
        grants: [
          { role: 'admin', region: null, action: null },
          { role: 'auditor', region: null, action: null },
        ],
      },
      database,
      estate: await readCurrentEstate(database.pool),
      engine: NO_ENGINE,
      now: new Date(),
      requestId: randomUUID(),
      via: 'cli',
    }),
  );
}

/** Operations are asked for through the API, by somebody; the command line on the server itself never does. */
const NO_ENGINE: EngineClient = {
  start: () => Promise.reject(new Error('Operations are started through the API.')),
  wake: () => Promise.reject(new Error('Operations are steered through the API.')),
};
