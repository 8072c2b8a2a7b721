import { realPrograms } from './programs.ts';
import { supervise } from './supervise.ts';

await supervise(realPrograms);
