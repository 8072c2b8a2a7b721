import type { LabContext } from '#lab/kernel/context.ts';
import type { DatabaseControl } from '#lab/postgres/types.ts';
import { type Parameter, readCatalog } from './parameter-catalog.ts';

/** What the servers are, as they say themselves. */
export interface Engine {
  version: string;
  /** Parameter group family, such as postgres18. */
  family: string;
  catalog: Map<string, Parameter>;
}

interface Remembered {
  version: string;
  parameters: Parameter[];
}

/** Asks a running server; when every one is stopped, what was last learnt holds. */
export async function learnEngine(ctx: LabContext, databases: DatabaseControl): Promise<Engine> {
  const memory = ctx.state.collection<Remembered>('rds-engine');
  const running = databases.list().find(({ state }) => state === 'running');
  const known = running ? await ask(databases, running.resourceId) : memory.get('engine');
  if (!known)
    throw new Error(
      'No database of the lab runs, so its version and parameters are unknown. Run "npm run lab -- reset".',
    );
  memory.put('engine', known);
  const { version, parameters } = known;
  return {
    version,
    family: `postgres${version.split('.')[0]}`,
    catalog: new Map(parameters.map((parameter) => [parameter.name, parameter])),
  };
}

async function ask(databases: DatabaseControl, resourceId: string): Promise<Remembered> {
  const [row] = await databases.query<{ version: string }>(
    resourceId,
    "select split_part(current_setting('server_version'), ' ', 1) as version",
  );
  return { version: row?.version ?? '', parameters: await readCatalog(databases, resourceId) };
}
