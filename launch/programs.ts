import path from 'node:path';
import { ensureBuilt } from './build.ts';
import { cleanEnvironment } from './environment.ts';
import { ensureGenerated } from './generated.ts';
import type { DatabaseUrls } from './postgres/roles.ts';
import type { Settings } from './settings.ts';
import { runTask } from './task.ts';

export interface MigrationOutcome {
  /** Names of the migrations applied now. */
  applied: string[];
  estateImported: boolean;
  warning?: string;
}

/** What Meridian consists of, as the launcher runs it; tests put small programs in their place. */
export interface Programs {
  /** Generates code that the other programs import; true when it had to. */
  generate(signal: AbortSignal): Promise<boolean>;
  /** Builds the console; true when it had to. */
  build(signal: AbortSignal): Promise<boolean>;
  /** Brings schema, grants, estate and demo accounts to this version. Without a password there are no demo accounts. */
  migrate(
    target: { database: DatabaseUrls; demoPassword?: string },
    signal: AbortSignal,
  ): Promise<MigrationOutcome>;
  /** Arguments for Node. */
  lab: readonly string[];
  worker: readonly string[];
  web(host: string, port: number): readonly string[];
}

export function realPrograms(settings: Settings): Programs {
  const { root, dataDir, dev } = settings;
  const logDir = path.join(dataDir, 'logs');
  const tree = (signal: AbortSignal) => ({ root, logDir, env: cleanEnvironment(settings), signal });
  const watched = (file: string) => [
    ...(dev ? ['--watch', '--watch-preserve-output'] : []),
    path.join(root, file),
  ];
  return {
    generate: (signal) => ensureGenerated(tree(signal)),
    build: async (signal) => (dev ? false : ensureBuilt(tree(signal))),
    migrate: async ({ database, demoPassword }, signal) => {
      const output = await runTask({
        name: 'migrate',
        attempt: 'Bringing the database to this version',
        args: [path.join(import.meta.dirname, 'migrate.ts')],
        cwd: root,
        env: {
          ...cleanEnvironment(settings),
          DATABASE_URL: database.applicationUrl,
          MERIDIAN_OWNER_URL: database.ownerUrl,
          MERIDIAN_DEMO_PASSWORD: demoPassword,
        },
        logDir,
        signal,
      });
      return migrationResult(output);
    },
    lab: watched('lab/main.ts'),
    worker: watched('worker/main.ts'),
    web: (host, port) => [
      path.join(root, 'node_modules/next/dist/bin/next'),
      dev ? 'dev' : 'start',
      ...['--hostname', host, '--port', String(port)],
    ],
  };
}

/** The last line that migrate.ts printed; libraries may print before it. */
function migrationResult(output: string): MigrationOutcome {
  const line = output.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line);
}
