// npm test [-- kind…]: everything CI runs, on a fresh clone too.
import { assertPlatform, cleanedEnvironment, ensureInstalled, runOnPinnedNode } from './bootstrap.mjs';

assertPlatform();
await ensureInstalled();
runOnPinnedNode('launch/check/main.ts', process.argv.slice(2), cleanedEnvironment());
