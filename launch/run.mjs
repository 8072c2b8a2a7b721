// node launch/run.mjs <file.ts> [arguments]: runs one of the product's programs on the pinned Node.
import {
  assertPlatform,
  cleanedEnvironment,
  ensureDatabaseClient,
  ensureInstalled,
  fail,
  runOnPinnedNode,
} from './bootstrap.mjs';

/** Programs that never speak to Meridian's own database. */
const WITHOUT_DATABASE = /^(lab|launch)\//;

const [file, ...args] = process.argv.slice(2);
if (!file) fail('Usage: node launch/run.mjs <file.ts> [arguments]');
assertPlatform();
await ensureInstalled();
if (!WITHOUT_DATABASE.test(file)) ensureDatabaseClient(cleanedEnvironment());
runOnPinnedNode(file, args, cleanedEnvironment());
