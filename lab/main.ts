import path from 'node:path';
import { fail, runLabProcess } from './process.ts';

// The lab's process. MERIDIAN_DATA, MERIDIAN_ESTATE and LAB_SEED say where, what and how; docs/lab.md has the rest.

const dataDir = path.resolve(process.env.MERIDIAN_DATA ?? path.join(import.meta.dirname, '../.data'));

runLabProcess(dataDir).then(() => process.stdout.write('lab ready\n'), fail);
