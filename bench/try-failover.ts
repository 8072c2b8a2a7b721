import { runFailover } from './recovery/failover.ts';
import { seeded } from './recovery/random.ts';

console.log(JSON.stringify(await runFailover(seeded(5), console.log), null, 1));
