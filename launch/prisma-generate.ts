import path from 'node:path';
import { cleanedProcess } from './environment.ts';
import { ensureGenerated } from './generated.ts';
import { checkoutRoot, dataDirectory } from './paths.ts';

const made = await ensureGenerated({
  root: checkoutRoot(),
  logDir: path.join(dataDirectory(), 'logs'),
  env: cleanedProcess(),
  signal: new AbortController().signal,
});
console.log(made ? 'Generated lib/data/generated.' : 'lib/data/generated is up to date.');
