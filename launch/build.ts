import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { contentHash } from './content-hash.ts';
import { assertFreeSpace } from './disk.ts';
import type { PreparedTree } from './generated.ts';
import { errorMessage } from './problem.ts';
import { runTask } from './task.ts';

const SOURCES = [
  'app',
  'components',
  'lib',
  'public',
  'prisma/schema.prisma',
  'instrumentation.ts',
  'next.config.js',
  'postcss.config.mjs',
  'proxy.ts',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
];
const BUILD_SPACE_MIB = 600;

/**
 * Builds the console for production when its sources differ from those of the build at hand; true when it had to. With
 * `yields` it leaves the processor to whoever wants it.
 */
export async function ensureBuilt(
  { root, logDir, env, signal }: PreparedTree,
  { yields = false }: { yields?: boolean } = {},
): Promise<boolean> {
  const stamp = path.join(root, '.next', 'made-from');
  const wanted = sourceHash(root);
  const isBuilt = () => fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted;
  while (!isBuilt()) {
    assertFreeSpace(root, BUILD_SPACE_MIB);
    try {
      await runTask({
        name: 'build',
        attempt: 'Building the console',
        args: [path.join(root, 'node_modules/next/dist/bin/next'), 'build'],
        cwd: root,
        env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
        logDir,
        signal,
        yields,
      });
      fs.writeFileSync(stamp, wanted);
      return true;
    } catch (error) {
      // A failed build is cached too, and would fail again for a reason that is gone.
      fs.rmSync(path.join(root, '.next', 'cache'), { recursive: true, force: true });
      if (!/Unable to acquire lock|another next build/i.test(errorMessage(error))) throw error;
      await delay(1_000, undefined, { signal }); // another start builds the same tree: wait for its result
    }
  }
  return false;
}

function sourceHash(root: string): string {
  return contentHash({
    root,
    entries: SOURCES,
    skip: (file) => file.startsWith('lib/data/generated/') || /\.test\.tsx?$/.test(file),
  });
}
