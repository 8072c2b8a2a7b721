import type { Region } from '../estate/estate.ts';
import type { DatabaseObservation } from '../observation/kinds.ts';

/** What the Region's database is: as RDS said last, which after a failover is not what the estate declares. */
export function databaseRole(
  { database }: Pick<Region, 'database'>,
  seen: Pick<DatabaseObservation, 'role'> | null,
): DatabaseObservation['role'] {
  return seen?.role ?? database.role;
}
