import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import type { DatabaseChange, NewReplica, OrderRow, WalState } from '#lib/ports/recovery.ts';
import { Refusal } from './refusal.ts';

/** What was committed, in order; a replica's log is the beginning of its source's. */
export interface Entry {
  kind: 'order' | 'token';
  id: string;
  /** Region in which it was placed. */
  region: string;
  atMs: number;
}

export interface Instance {
  seen: DatabaseObservation;
  readonly log: Entry[];
  readonly sessions: Set<string>;
  timeline: number;
  /** It was told to be a primary: it follows nobody any more. */
  promoting: boolean;
  /** Tag by which a repeated creation knows its own. */
  tag: string | null;
}

/** Real milliseconds that RDS is busy with each; short, but long enough to be seen by who polls. */
const BUSY_MS = { promotion: 500, change: 150, rename: 300, reboot: 700, creation: 500, deletion: 200 };
/** A copy shows a commit this much later. */
const LAG_MS = 60;
const FIRST_POSITION = 0x5_00_00_00;

export const DENY_ALL = 'sg-deny';
export const DATABASE_GROUP = 'sg-1';

export interface DatabasesOptions {
  /** Runs later; not at all once the estate is closed. */
  after(ms: number, work: () => void): void;
  now(): number;
  /** Whether data goes from one Region to another. */
  linked(from: string, to: string): boolean;
}

/** RDS and the servers behind it: states, sessions, a log of commits and its copies. */
export class Databases {
  readonly instances: Instance[];
  /** `hang`: accepted, and not ended before it is let go on. */
  promotion: 'normal' | 'hang' = 'normal';
  readonly #options: DatabasesOptions;
  #hung: (() => void)[] = [];

  constructor(first: readonly DatabaseObservation[], options: DatabasesOptions) {
    this.#options = options;
    this.instances = first.map((seen) => ({
      seen,
      log: [],
      sessions: new Set(),
      timeline: 1,
      promoting: false,
      tag: null,
    }));
  }

  in(region: string): Instance[] {
    return this.instances.filter((instance) => regionOf(instance) === region);
  }

  find(region: string, instanceId: string): Instance | undefined {
    return this.in(region).find(({ seen }) => seen.instanceId === instanceId);
  }

  primaries(): Instance[] {
    return this.instances.filter(({ seen }) => seen.role === 'primary');
  }

  /** Copies what is old enough from each source that can be reached. */
  replicate(): void {
    for (const copy of this.instances) {
      const { seen } = copy;
      if (seen.role !== 'replica' || seen.status === 'creating' || copy.promoting) continue;
      const source = this.instances.find((instance) => instance.seen.arn === seen.sourceArn);
      const flows = source !== undefined && this.#options.linked(regionOf(source), regionOf(copy));
      seen.replication = flows ? 'replicating' : 'error';
      if (!flows) continue;
      const until = this.#options.now() - LAG_MS;
      for (let next = source.log[copy.log.length]; next && next.atMs <= until; ) {
        copy.log.push(next);
        next = source.log[copy.log.length];
      }
    }
  }

  promote(region: string, instanceId: string, backupRetentionDays: number): void {
    const instance = this.#idle(region, instanceId);
    if (instance.seen.role !== 'replica')
      throw new Refusal('InvalidDBInstanceState', `DB instance ${instanceId} is not a read replica.`);
    instance.seen.status = 'modifying';
    instance.promoting = true;
    const end = () => {
      Object.assign(instance.seen, {
        role: 'primary',
        status: 'available',
        sourceArn: null,
        replication: null,
        backupRetentionDays,
      });
      instance.timeline += 1;
      instance.sessions.clear();
    };
    if (this.promotion === 'hang') this.#hung.push(end);
    else this.#options.after(BUSY_MS.promotion, end);
  }

  /** What hangs goes on. */
  goOn(): void {
    this.promotion = 'normal';
    for (const end of this.#hung.splice(0)) end();
  }

  /** RDS backs the instance up from now on, until it is told to end. */
  backUp(region: string, instanceId: string): () => void {
    const { seen } = this.#idle(region, instanceId);
    seen.status = 'backing-up';
    return () => {
      seen.status = 'available';
    };
  }

  create(region: string, wanted: NewReplica, model: DatabaseObservation): 'made' | 'there' {
    const twin = this.find(region, wanted.instanceId);
    if (twin?.tag === wanted.operation && twin.seen.sourceArn === wanted.sourceArn) return 'there';
    if (twin) throw new Refusal('DBInstanceAlreadyExists', `DB instance ${wanted.instanceId} exists.`);
    const source = this.instances.find(({ seen }) => seen.arn === wanted.sourceArn);
    if (!source) throw new Refusal('DBInstanceNotFound', `${wanted.sourceArn} is not found.`);
    const seen: DatabaseObservation = {
      ...model,
      instanceId: wanted.instanceId,
      arn: arnOf(region, wanted.instanceId),
      endpoint: endpointOf(region, wanted.instanceId),
      role: 'replica',
      status: 'creating',
      sourceArn: wanted.sourceArn,
      replication: null,
      backupRetentionDays: 0,
      multiAz: wanted.multiAz,
      class: wanted.class,
      // Across Regions a copy gets RDS' own group (aws-facts B-19).
      parameterGroup: 'default.postgres16',
      securityGroupIds: [...wanted.securityGroupIds],
      deletionProtection: false,
    };
    const made: Instance = {
      seen,
      log: [...source.log],
      sessions: new Set(),
      timeline: source.timeline,
      promoting: false,
      tag: wanted.operation,
    };
    this.instances.push(made);
    this.#options.after(BUSY_MS.creation, () => {
      seen.status = 'available';
    });
    return 'made';
  }

  modify(region: string, instanceId: string, change: DatabaseChange): void {
    const { seen } = this.#idle(region, instanceId);
    const { newInstanceId, securityGroupIds, ...settings } = change;
    if (securityGroupIds) seen.securityGroupIds = [...securityGroupIds];
    if (newInstanceId) {
      seen.status = 'renaming';
      this.#options.after(BUSY_MS.rename, () => {
        Object.assign(seen, {
          instanceId: newInstanceId,
          arn: arnOf(region, newInstanceId),
          endpoint: endpointOf(region, newInstanceId),
          status: 'available',
        });
      });
    }
    if (Object.keys(settings).length === 0) return;
    seen.status = 'modifying';
    this.#options.after(BUSY_MS.change, () => Object.assign(seen, settings, { status: 'available' }));
  }

  reboot(region: string, instanceId: string): void {
    const { seen, sessions } = this.#idle(region, instanceId);
    sessions.clear();
    seen.status = 'rebooting';
    this.#options.after(BUSY_MS.reboot, () => {
      seen.status = 'available';
    });
  }

  /** False where it is not there any more. */
  remove(region: string, instanceId: string): boolean {
    const instance = this.find(region, instanceId);
    if (!instance || instance.seen.status === 'deleting') return false;
    if (instance.seen.role === 'primary') throw new Error(`${instanceId} is a primary and is not deleted.`);
    if (instance.seen.deletionProtection)
      throw new Refusal('InvalidParameterCombination', `${instanceId} is protected from deletion.`);
    instance.seen.status = 'deleting';
    this.#options.after(BUSY_MS.deletion, () => {
      this.instances.splice(this.instances.indexOf(instance), 1);
    });
    return true;
  }

  /** A session stands until it is ended; a new one needs a door that is open and a server that runs. */
  enter(instance: Instance, who: string): void {
    if (instance.sessions.has(who)) return;
    const { instanceId, status } = instance.seen;
    if (isShut(instance)) throw new UnansweredError(`Nothing at ${instanceId} lets ${who} in`);
    if (/^(rebooting|creating|deleting)$/.test(status))
      throw new UnansweredError(`${instanceId} is ${status}, no server answers`);
    instance.sessions.add(who);
  }

  /** The instance of SQL that is asked for by `who`. */
  session(region: string, instanceId: string, who: string): Instance {
    const instance = this.#named(region, instanceId);
    this.enter(instance, who);
    return instance;
  }

  /** Ends every session but that one. */
  terminate(region: string, instanceId: string, who: string): number {
    const instance = this.session(region, instanceId, who);
    const others = [...instance.sessions].filter((session) => session !== who);
    for (const other of others) instance.sessions.delete(other);
    return others.length;
  }

  /** Commits; a replica takes no writes. */
  commit(instance: Instance, entry: Omit<Entry, 'atMs'>): { lsn: string } {
    const { role, instanceId } = instance.seen;
    if (role !== 'primary')
      throw new Refusal('read_only_sql_transaction', `${instanceId} takes no writes: it is a replica.`);
    instance.log.push({ ...entry, atMs: this.#options.now() });
    return { lsn: lsnOf(instance.log.length) };
  }

  #named(region: string, instanceId: string): Instance {
    const instance = this.find(region, instanceId);
    if (instance) return instance;
    throw new Refusal('DBInstanceNotFound', `DB instance ${instanceId} is not found in ${region}.`);
  }

  #idle(region: string, instanceId: string): Instance {
    const instance = this.#named(region, instanceId);
    const { status } = instance.seen;
    if (status === 'available') return instance;
    throw new Refusal('InvalidDBInstanceState', `DB instance ${instanceId} is ${status}.`);
  }
}

export function isShut({ seen }: Instance): boolean {
  return seen.securityGroupIds.length === 1 && seen.securityGroupIds[0] === DENY_ALL;
}

export function regionOf({ seen }: Instance): string {
  return seen.arn.split(':')[3] ?? '';
}

export function walOf({ seen, log, timeline }: Instance, nowMs: number): WalState {
  const lsn = lsnOf(log.length);
  const last = seen.role === 'primary' ? nowMs : log.at(-1)?.atMs;
  return {
    inRecovery: seen.role === 'replica',
    receivedLsn: lsn,
    replayedLsn: seen.role === 'replica' ? lsn : null,
    lastCommitAt: last === undefined ? null : new Date(last).toISOString(),
    timeline,
  };
}

export function ordersOf({ log }: Instance): Entry[] {
  return log.filter(({ kind }) => kind === 'order');
}

export function toOrderRow({ id, region, atMs }: Entry): OrderRow {
  const createdAt = new Date(atMs).toISOString();
  return { id, region, product: 1, amount: '9.90', customer: 'c-1', createdAt };
}

export function arnOf(region: string, instanceId: string): string {
  return `arn:aws:rds:${region}:000000000000:db:${instanceId}`;
}

function endpointOf(region: string, instanceId: string): string {
  return `${instanceId}.${region}.rds.amazonaws.com:5432`;
}

function lsnOf(commits: number): string {
  return `0/${(FIRST_POSITION + commits * 16).toString(16).toUpperCase()}`;
}
