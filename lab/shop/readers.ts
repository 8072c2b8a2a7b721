import type { DatabaseInstance } from '#lab/postgres/types.ts';

const FITNESS: Record<DatabaseInstance['state'], number> = {
  running: 0,
  hung: 1,
  down: 2,
  stopped: 3,
  seeding: 4,
};

/**
 * The instance that a Region's shop reads from: one that runs and lets clients in before one that does not. A copy that
 * is still being seeded is none.
 */
export function readerIn(region: string, instances: DatabaseInstance[]): DatabaseInstance | undefined {
  const rank = (instance: DatabaseInstance) => FITNESS[instance.state] * 2 + (instance.open ? 0 : 1);
  return instances
    .filter((instance) => instance.region === region && instance.state !== 'seeding')
    .sort((a, b) => rank(a) - rank(b) || a.createdAt - b.createdAt)[0];
}
