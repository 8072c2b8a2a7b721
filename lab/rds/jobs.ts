import type { LabContext } from '#lab/kernel/context.ts';
import type { DatabaseControl } from '#lab/postgres/types.ts';
import type { ParameterApplier } from './apply-parameters.ts';
import { INCOMPATIBLE, type Store } from './store.ts';
import { TAKES_MS } from './timings.ts';
import type { InstanceRecord, Job } from './types.ts';

/** The state an instance shows while the work lasts. */
const STATUS_DURING: Record<Job['kind'], string> = {
  create: 'creating',
  promote: 'modifying',
  modify: 'modifying',
  backup: 'backing-up',
  reboot: 'rebooting',
  stop: 'stopping',
  start: 'starting',
  delete: 'deleting',
};

export interface Jobs {
  /** Begins the work and gives the record as it is from now on. A deletion overtakes whatever is under way. */
  begin(record: InstanceRecord, job: Job): InstanceRecord;
  /** Takes up what an earlier run of the lab had begun. */
  resume(): void;
  /** Ends all work without result. */
  cancelAll(): void;
}

class Cancelled extends Error {}

interface Wait {
  end: () => void;
  reject: (reason: Error) => void;
}

export function createJobs(parts: {
  ctx: LabContext;
  store: Store;
  databases: DatabaseControl;
  parameters: ParameterApplier;
}): Jobs {
  const { ctx, store, databases, parameters } = parts;
  /** The latest job of each instance: an earlier one finds itself replaced and ends. */
  const current = new Map<string, symbol>();
  const waits = new Set<Wait>();
  let tellHealed: (() => void)[] = [];

  ctx.chaos.onChange(() => {
    const waiting = tellHealed;
    tellHealed = [];
    for (const tell of waiting) tell();
  });

  function wait(begin: (done: () => void) => () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Wait = { end: () => undefined, reject };
      waits.add(entry);
      entry.end = begin(() => {
        waits.delete(entry);
        resolve();
      });
    });
  }

  /** Waits as long as chaos says so, for ever or until `leftMs` has passed; looks again at each change of chaos. */
  async function holdWhile(held: () => boolean, leftMs?: () => number) {
    while (held()) {
      await wait((done) => {
        const timer = leftMs && setTimeout(done, leftMs());
        tellHealed.push(() => {
          clearTimeout(timer);
          done();
        });
        return () => clearTimeout(timer);
      });
    }
  }

  /** Lets AWS time pass in a Region. While the Region is out, nothing there goes on. */
  async function pass(region: string, awsMs: number) {
    await wait((done) => ctx.clock.after(awsMs, done));
    await holdWhile(() => ctx.chaos.outage(region) !== undefined);
  }

  /** A replica of a large database is long in coming. */
  async function passReplicaDelay(region: string) {
    const begunAt = performance.now();
    const leftMs = () => ctx.chaos.rds(region).replicaDelaySeconds * 1000 - (performance.now() - begunAt);
    await holdWhile(() => leftMs() > 0, leftMs);
  }

  async function run(resourceId: string, job: Job) {
    const turn = Symbol(job.kind);
    current.set(resourceId, turn);
    const step = async (awsMs: number): Promise<InstanceRecord> => {
      const before = store.instances.get(resourceId);
      if (before) await pass(before.region, awsMs);
      const record = store.instances.get(resourceId);
      if (!record || current.get(resourceId) !== turn) throw new Cancelled();
      return record;
    };
    try {
      await work[job.kind](resourceId, job, step);
    } catch (error) {
      if (error instanceof Cancelled) return;
      const record = store.instances.get(resourceId);
      if (!record || current.get(resourceId) !== turn) return;
      ctx.log('rds', `${job.kind} of ${record.id} did not succeed`, { error: String(error) });
      if (ctx.chaos.outage(record.region)) {
        await step(0);
        return run(resourceId, job);
      }
      store.update(resourceId, { status: statusAfterFailure(resourceId, job), job: undefined });
      store.event(record, `The DB instance could not complete the operation: ${job.kind}.`, 'failure');
    }
  }

  function statusAfterFailure(resourceId: string, job: Job): string {
    if (job.kind === 'create') return 'failed';
    return databases.find(resourceId)?.state === 'running' ? 'available' : INCOMPATIBLE;
  }

  type Step = (awsMs: number) => Promise<InstanceRecord>;
  type Worker = (resourceId: string, job: Job, step: Step) => Promise<void>;

  function rest(resourceId: string, change: Partial<InstanceRecord> = {}) {
    store.update(resourceId, { status: 'available', ...change, job: undefined });
  }

  const work: Record<Job['kind'], Worker> = {
    async create(resourceId, _job, step) {
      const { region } = await step(TAKES_MS.provisioning);
      await passReplicaDelay(region);
      await databases.seeded(resourceId);
      await parameters.applyAll(await step(TAKES_MS.finishing));
      const record = await step(0);
      rest(resourceId);
      store.event(record, 'DB instance created', 'creation');
    },
    async promote(resourceId, job, step) {
      if (job.kind !== 'promote') return;
      const { region } = await step(TAKES_MS.beforePromotion);
      await holdWhile(() => ctx.chaos.rds(region).promotion === 'hang');
      const record = await step(0);
      await databases.promote(resourceId);
      store.update(resourceId, {
        status: 'rebooting',
        source: undefined,
        backupRetentionDays: job.backupRetentionDays,
      });
      await databases.restart(resourceId);
      await step(TAKES_MS.promotionReboot);
      rest(resourceId);
      store.event(
        record,
        'Promoted Read Replica instance to a stand-alone database instance.',
        'read replica',
      );
    },
    async modify(resourceId, job, step) {
      if (job.kind !== 'modify') return;
      const record = await step(TAKES_MS.modification);
      const { change } = job;
      if (change.id && change.id !== record.id) {
        await databases.rename(resourceId, change.id);
        store.update(resourceId, { id: change.id, status: 'rebooting' });
        store.event(
          { ...record, id: change.id },
          `Renamed instance ${record.id} to ${change.id}`,
          'configuration change',
        );
        await step(TAKES_MS.reboot);
      } else if (change.class) {
        await databases.restart(resourceId);
      }
      rest(resourceId, {
        class: change.class ?? record.class,
        multiAz: change.multiAz ?? record.multiAz,
        storageGiB: change.storageGiB ?? record.storageGiB,
        pending: {},
      });
      if (change.class)
        store.event(record, 'Finished applying modification to DB instance class', 'configuration change');
      if (change.multiAz !== undefined) {
        store.event(
          record,
          'Finished applying modification to convert to a Multi-AZ DB instance',
          'configuration change',
        );
      }
    },
    async backup(resourceId, job, step) {
      if (job.kind !== 'backup') return;
      const record = await step(TAKES_MS.backup);
      const key = `${record.region}/${job.snapshotId}`;
      const snapshot = store.snapshots.get(key);
      if (snapshot) store.snapshots.put(key, { ...snapshot, status: 'available' });
      rest(resourceId);
      store.event(record, 'Finished DB Instance backup', 'backup');
    },
    async reboot(resourceId, _job, step) {
      await parameters.applyAll(await step(0));
      await databases.restart(resourceId);
      const record = await step(TAKES_MS.reboot);
      rest(resourceId, { rebootNeeded: false });
      store.event(record, 'DB instance restarted', 'availability');
    },
    async stop(resourceId, _job, step) {
      const record = await step(TAKES_MS.stopping);
      await databases.stop(resourceId);
      rest(resourceId, { status: 'stopped' });
      store.event(record, 'DB instance stopped', 'notification');
    },
    async start(resourceId, _job, step) {
      const record = await step(TAKES_MS.starting);
      await databases.start(resourceId);
      rest(resourceId);
      store.event(record, 'DB instance started', 'notification');
    },
    async delete(resourceId, _job, step) {
      await step(0);
      if (databases.find(resourceId)) await databases.delete(resourceId);
      const record = await step(TAKES_MS.deletion);
      store.instances.delete(resourceId);
      store.event(record, 'DB instance deleted', 'deletion');
    },
  };

  function launch(resourceId: string, job: Job) {
    run(resourceId, job).catch((error) => {
      if (!(error instanceof Cancelled)) ctx.log('rds', 'a job ended badly', { error: String(error) });
    });
  }

  return {
    begin(record, job) {
      const change = { status: STATUS_DURING[job.kind], job };
      const next = store.update(record.resourceId, change) ?? { ...record, ...change };
      launch(record.resourceId, job);
      return next;
    },
    resume() {
      for (const { resourceId, job } of store.instances.list()) if (job) launch(resourceId, job);
    },
    cancelAll() {
      current.clear();
      for (const { end, reject } of waits) {
        end();
        reject(new Cancelled());
      }
      waits.clear();
    },
  };
}
