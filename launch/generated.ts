import fs from 'node:fs';
import path from 'node:path';
import { contentHash } from './content-hash.ts';
import { runTask } from './task.ts';

const OUTPUT = 'lib/data/generated';

export interface PreparedTree {
  root: string;
  logDir: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** Writes Prisma's client for the current schema when there is none; true when it had to. Needs no network. */
export async function ensureGenerated({ root, logDir, env, signal }: PreparedTree): Promise<boolean> {
  const stamp = path.join(root, OUTPUT, '.made-from');
  const wanted = contentHash({ root, entries: ['prisma/schema.prisma', 'node_modules/prisma/package.json'] });
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) {
    // Programs started by launch/bootstrap.mjs only compare its time with the schema’s.
    fs.utimesSync(stamp, new Date(), new Date());
    return false;
  }
  await runTask({
    name: 'prisma-generate',
    attempt: 'Generating the database client',
    args: [path.join(root, 'node_modules/prisma/build/index.js'), 'generate'],
    cwd: root,
    // `generate` never runs the schema engine, but downloads it unless the variable names some program.
    env: {
      ...env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
    logDir,
    signal,
  });
  fs.writeFileSync(stamp, wanted);
  return true;
}
