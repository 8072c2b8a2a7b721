import type { LabContext } from '#lab/kernel/context.ts';
import type { DatabaseControl } from '#lab/postgres/types.ts';
import type { ParameterApplier } from './apply-parameters.ts';
import type { Describer } from './describe.ts';
import type { Engine } from './engine.ts';
import type { Jobs } from './jobs.ts';
import type { Store } from './store.ts';
import type { SecurityGroups } from './types.ts';

/** What the handlers of the service share. */
export interface Rds {
  ctx: LabContext;
  store: Store;
  databases: DatabaseControl;
  describer: Describer;
  jobs: Jobs;
  parameters: ParameterApplier;
  engine: Engine;
  groups: SecurityGroups;
}
