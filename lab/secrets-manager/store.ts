import type { LabContext } from '#lab/kernel/context.ts';
import { crosses } from '#lab/kernel/crossing.ts';
import { invalidRequest, notFound } from './faults.ts';
import type { SecretRecord, SecretVersion } from './records.ts';

/** How long a change takes to the replicas, ms on AWS (modelled). */
const REPLICATION_MS = 10_000;
const LOOK_EVERY_MS = 250;

export type Store = ReturnType<typeof createStore>;

/** Secrets by Region. Replicas follow their primary a little later, while the way there is open. */
export function createStore(ctx: LabContext) {
  const secrets = ctx.state.collection<SecretRecord>('secrets');
  const put = (record: SecretRecord) => secrets.put(record.arn, record);
  const within = (region: string) => secrets.list().filter((record) => record.region === region);

  function replicasOf({ name, region }: SecretRecord): SecretRecord[] {
    return secrets
      .list()
      .filter((other) => other.name === name && other.primaryRegion === region && other.region !== region);
  }

  function follow() {
    for (const replica of secrets.list()) {
      const primary = within(replica.primaryRegion).find(({ name }) => name === replica.name);
      if (!primary || primary.revision === replica.revision) continue;
      const due = primary.changedAtMs + ctx.clock.scaledMs(REPLICATION_MS);
      if (ctx.clock.now() < due || !crosses(ctx.chaos.state(), primary.region, replica.region)) continue;
      const { versions, revision, changedAtMs, description, tags } = primary;
      put({ ...replica, versions, revision, changedAtMs, description, tags });
    }
  }

  const timer = setInterval(follow, LOOK_EVERY_MS);
  timer.unref();

  return {
    put,
    within,
    replicasOf,
    list: () => secrets.list(),

    /** By name, ARN, or ARN without the six characters at its end; of this Region only. */
    get(region: string, id: string | undefined): SecretRecord {
      const found = within(region).find(
        ({ name, arn }) => id === name || id === arn || id === arn.slice(0, -'-123456'.length),
      );
      if (!found) throw notFound();
      return found;
    },

    /** Refuses to change a replica. */
    requirePrimary({ region, primaryRegion }: SecretRecord): void {
      if (region !== primaryRegion)
        throw invalidRequest(
          "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
        );
    },

    change(record: SecretRecord, versions: SecretVersion[]): void {
      const changedAtMs = ctx.clock.now();
      put({ ...record, versions, changedAtMs, revision: record.revision + 1 });
    },

    clear: () => secrets.clear(),
    close: () => clearInterval(timer),
  };
}
