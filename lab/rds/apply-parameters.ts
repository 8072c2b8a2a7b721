import type { DatabaseControl } from '#lab/postgres/types.ts';
import type { Store } from './store.ts';
import type { InstanceRecord, ParameterGroupRecord } from './types.ts';

export interface ParameterApplier {
  /** Gives the server every value of its group, as a reboot does. */
  applyAll(record: InstanceRecord): Promise<void>;
  /** Gives the servers of a group those changed values that are to act at once; for the others they show `pending-reboot`. */
  applyChange(group: ParameterGroupRecord, changed: string[]): Promise<void>;
}

export function createParameterApplier(store: Store, databases: DatabaseControl): ParameterApplier {
  async function give(record: InstanceRecord, values: Record<string, string>) {
    if (!databases.find(record.resourceId)) return;
    const awaitingRestart = await databases.setParameters(record.resourceId, values);
    if (awaitingRestart.length > 0) store.update(record.resourceId, { rebootNeeded: true });
  }

  return {
    async applyAll(record) {
      const group = store.groups.get(`${record.region}/${record.parameterGroup}`);
      const values = Object.entries(group?.parameters ?? {}).map(([name, { value }]) => [name, value]);
      await give(record, Object.fromEntries(values));
    },
    async applyChange(group, changed) {
      const users = store
        .instancesIn(group.region)
        .filter(({ parameterGroup }) => parameterGroup === group.name);
      const now = changed.filter((name) => group.parameters[name]?.method === 'immediate');
      await Promise.all(
        users.map(async (record) => {
          if (now.length < changed.length) store.update(record.resourceId, { rebootNeeded: true });
          const values = now.map((name) => [name, group.parameters[name]?.value ?? '']);
          if (now.length > 0)
            await give(record, { ...databases.parameters(record.resourceId), ...Object.fromEntries(values) });
        }),
      );
    },
  };
}
