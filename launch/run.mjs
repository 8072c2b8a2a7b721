// node launch/run.mjs <file.ts> [arguments]: runs one of the product's programs on the pinned Node.
import { assertPlatform, cleanedEnvironment, ensureInstalled, fail, runOnPinnedNode } from './bootstrap.mjs';

const [file, ...args] = process.argv.slice(2);
if (!file) fail('Usage: node launch/run.mjs <file.ts> [arguments]');
assertPlatform();
await ensureInstalled();
runOnPinnedNode(file, args, cleanedEnvironment());
