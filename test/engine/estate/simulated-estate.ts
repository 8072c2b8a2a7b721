import type { Estate } from '#lib/domain/estate/estate.ts';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { type AwsPort, UnansweredError } from '#lib/ports/aws.ts';
import type { ProbeResult, ProbeTask } from '#lib/ports/recovery.ts';
import { Clusters } from './clusters.ts';
import {
  DATABASE_GROUP,
  Databases,
  DENY_ALL,
  type Instance,
  isShut,
  ordersOf,
  regionOf,
  toOrderRow,
  walOf,
} from './databases.ts';
import { NodeGroups } from './node-groups.ts';
import { Readers } from './readers.ts';
import { Refusal } from './refusal.ts';
import { type ShopConfig, Shops } from './shops.ts';

/** Something that a call has brought about, once each time that it did. */
export interface Effect {
  name: string;
  operation: string;
  stepKey: string;
  atMs: number;
}

/** Who calls: the attempt that the port was opened for, and the process that it runs in. */
export interface Caller {
  operation: string;
  stepKey: string;
  pid: number;
  /** One port is one set of sessions. */
  port: string;
}

type Implemented = Partial<Record<keyof AwsPort, (...args: never[]) => unknown>>;

const ORDER_EVERY_MS = 40;
/** A test order is on its way for so long. */
const PROBE_MS = 20;
const READ_EVERY_MS = 200;
const REPLICATE_EVERY_MS = 20;

export interface SimulatedEstateOptions {
  estate: Estate;
  databases: readonly DatabaseObservation[];
  configs: Record<string, ShopConfig>;
}

/**
 * The estate as far as recovery touches it, in memory: databases with their sessions and copies, shops with customers who
 * go on ordering, DNS, node groups, switches. Workers reach it over loopback (estate/server.ts), so it outlives each of
 * them, and counts what they bring about.
 */
export class SimulatedEstate {
  readonly databases: Databases;
  readonly shops: Shops;
  readonly readers: Readers;
  readonly clusters: Clusters;
  readonly effects: Effect[] = [];
  readonly #nodes: NodeGroups;
  readonly #model: DatabaseObservation;
  /** Regions switched off, by the Region whose bucket says so. */
  readonly #switches = new Map<string, Set<string>>();
  readonly #probes = new Map<string, Promise<ProbeResult>>();
  readonly #snapshots = new Set<string>();
  readonly #isolated = new Set<string>();
  readonly #cut = new Set<string>();
  readonly #silent = new Set<string>();
  readonly #unhealthy = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ticks: NodeJS.Timeout[];

  constructor({ estate, databases, configs }: SimulatedEstateOptions) {
    const clock = {
      now: () => Date.now(),
      after: (ms: number, work: () => void) => this.#after(ms, work),
      linked: (from: string, to: string) => this.#linked(from, to),
    };
    const [model] = databases;
    if (!model) throw new Error('An estate has databases.');
    this.#model = structuredClone(model);
    this.databases = new Databases(structuredClone([...databases]), clock);
    this.shops = new Shops({ databases: this.databases, configs, ...clock });
    this.clusters = new Clusters({ estate, after: clock.after });
    this.readers = new Readers({
      estate,
      now: clock.now,
      isServing: (region) => this.#serves(region),
      service: (region) => this.clusters.service(region),
    });
    this.#nodes = new NodeGroups(estate, clock.after);
    this.#ticks = [
      setInterval(() => this.shops.tick(), ORDER_EVERY_MS),
      setInterval(() => this.readers.tick(READ_EVERY_MS / 1_000), READ_EVERY_MS),
      setInterval(() => this.databases.replicate(), REPLICATE_EVERY_MS),
    ];
  }

  /** Its shops and its database go on inside; nothing gets in or out, and its checks fail. `apis`: only those still answer. */
  lose(region: string, { apis = false }: { apis?: boolean } = {}): void {
    this.#isolated.add(region);
    this.#unhealthy.add(region);
    if (!apis) this.#silent.add(region);
  }

  /** Nothing goes between the two any more. */
  cut(one: string, other: string): void {
    this.#cut.add([one, other].sort().join());
  }

  /** As if nothing had been. */
  bringBack(region: string): void {
    for (const trouble of [this.#isolated, this.#unhealthy, this.#silent]) trouble.delete(region);
  }

  /** Runs one method of the port; throws what AWS would have answered. */
  async call(caller: Caller, method: string, args: readonly unknown[]): Promise<unknown> {
    const methods = this.#methods(caller) as Record<string, (...given: unknown[]) => unknown>; // args are as the port's own types say: the caller is the port
    const work = methods[method];
    if (!work) throw new Error(`The simulated estate has no ${method}.`);
    return work(...args);
  }

  close(): void {
    for (const tick of this.#ticks) clearInterval(tick);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #methods(caller: Caller): Implemented {
    return {
      ...this.#rds(caller),
      ...this.#sql(`port ${caller.port}`),
      ...this.#kubernetes(caller),
      ...this.#deployments(caller),
      ...this.#network(caller),
    };
  }

  #rds(caller: Caller): Implemented {
    const { databases } = this;
    const made = (name: string) => this.#made(caller, name);
    return {
      listDatabases: (region: string) => {
        this.#ask(region);
        return databases.in(region).map(({ seen }) => seen);
      },
      findDatabase: (region: string, id: string) => {
        this.#ask(region);
        return databases.find(region, id)?.seen ?? null;
      },
      promoteReplica: (region: string, id: string, days: number) => {
        this.#ask(region);
        databases.promote(region, id, days);
        made(`promote ${id}`);
      },
      createReplica: (region: string, wanted: Parameters<AwsPort['createReplica']>[1]) => {
        this.#ask(region);
        if (databases.create(region, wanted, this.#model) === 'made') made(`create ${wanted.instanceId}`);
      },
      modifyDatabase: (region: string, id: string, change: Parameters<AwsPort['modifyDatabase']>[2]) => {
        this.#ask(region);
        databases.modify(region, id, change);
        made(change.newInstanceId ? `rename ${id}` : `modify ${id} ${Object.keys(change).join(',')}`);
      },
      rebootDatabase: (region: string, id: string) => {
        this.#ask(region);
        databases.reboot(region, id);
        made(`reboot ${id}`);
      },
      deleteReplica: (region: string, id: string) => {
        this.#ask(region);
        if (databases.remove(region, id)) made(`delete ${id}`);
      },
      createSnapshot: (region: string, id: string, snapshotId: string) => {
        this.#ask(region);
        if (!databases.find(region, id)) throw new Refusal('DBInstanceNotFound', `${id} is not found.`);
        if (this.#snapshots.has(`${region}/${snapshotId}`)) return;
        this.#snapshots.add(`${region}/${snapshotId}`);
        made(`create snapshot ${snapshotId}`);
      },
      snapshotStatus: (region: string, snapshotId: string) => {
        this.#ask(region);
        return this.#snapshots.has(`${region}/${snapshotId}`) ? 'available' : null;
      },
      findSecurityGroup: (region: string, name: string) => {
        this.#ask(region);
        if (name.endsWith('-deny-all')) return DENY_ALL;
        return name.endsWith('-database') ? DATABASE_GROUP : null;
      },
    };
  }

  #sql(who: string): Implemented {
    const { databases } = this;
    const at = (region: string, id: string): Instance => {
      if (this.#isolated.has(region)) throw new UnansweredError(`No way into the network of ${region}`);
      return databases.session(region, id, who);
    };
    return {
      readWal: (region: string, id: string) => walOf(at(region, id), Date.now()),
      lastOrder: (region: string, id: string) => {
        const last = ordersOf(at(region, id)).at(-1);
        return last ? { id: last.id, createdAt: new Date(last.atMs).toISOString() } : null;
      },
      writeToken: (region: string, id: string, name: string) =>
        databases.commit(at(region, id), { kind: 'token', id: name, region }),
      hasToken: (region: string, id: string, { name }: { name: string }) =>
        at(region, id).log.some((entry) => entry.kind === 'token' && entry.id === name),
      terminateSessions: (region: string, id: string) => {
        at(region, id);
        return databases.terminate(region, id, who);
      },
      ordersSince: (region: string, id: string, since: string, limit: number, after?: { id: string }) => {
        const found = ordersOf(at(region, id)).filter(({ atMs }) => atMs >= Date.parse(since));
        const from = after ? found.findIndex((order) => order.id === after.id) + 1 : 0;
        return found.slice(from, from + limit).map(toOrderRow);
      },
      missingOrders: (region: string, id: string, ids: readonly string[]) => {
        const there = new Set(at(region, id).log.map((entry) => entry.id));
        return ids.filter((order) => !there.has(order));
      },
    };
  }

  #kubernetes(caller: Caller): Implemented {
    const { configs } = this.shops;
    const configOf = (region: string): ShopConfig => {
      this.#ask(region);
      const config = configs[region];
      if (!config) throw new Error(`There is no shop in ${region}.`);
      return config;
    };
    return {
      readShopConfig: (region: string) => ({ ...configOf(region) }),
      writeShopConfig: (region: string, _: string, change: Partial<ShopConfig>) => {
        Object.assign(configOf(region), change);
        this.#made(caller, `configure ${region}`);
      },
      runProbe: async (region: string, task: ProbeTask, name: string) => {
        this.#ask(region);
        const key = `${region}/${name}`;
        const running = this.#probes.get(key) ?? this.#probe(region, task, name);
        this.#probes.set(key, running);
        return { result: await running, job: name };
      },
      describeNodeGroup: (region: string) => {
        this.#ask(region);
        return this.#nodes.describe(region);
      },
      countReadyNodes: (region: string) => {
        this.#ask(region);
        return this.#nodes.ready(region);
      },
      updateNodeGroup: (
        region: string,
        scaling: { minimum: number; maximum: number; desired: number },
        token: string,
      ) => {
        this.#ask(region);
        const { updateId, isNew } = this.#nodes.update(region, scaling, token);
        if (isNew) this.#made(caller, `scale ${region}`);
        return { updateId };
      },
      nodeGroupUpdateStatus: (region: string) => {
        this.#ask(region);
        return 'Successful';
      },
    };
  }

  #deployments(caller: Caller): Implemented {
    const { clusters } = this;
    return {
      findImages: (region: string, _: string, wanted: { digest?: string; tags?: readonly string[] }) => {
        this.#ask(region);
        return clusters.findImages(region, wanted);
      },
      readShop: (...of: Parameters<AwsPort['readShop']>) => {
        this.#ask(of[0]);
        return clusters.readShop(...of);
      },
      applyColour: (...of: Parameters<AwsPort['applyColour']>) => {
        const [region, , { colour, version }] = of;
        this.#ask(region);
        if (clusters.applyColour(...of)) this.#made(caller, `apply ${version} to ${colour} in ${region}`);
      },
      scaleColour: (...of: Parameters<AwsPort['scaleColour']>) => {
        const [region, , { colour, replicas }] = of;
        this.#ask(region);
        if (clusters.scaleColour(...of)) this.#made(caller, `scale ${colour} to ${replicas} in ${region}`);
      },
      readyEndpoints: (...of: Parameters<AwsPort['readyEndpoints']>) => {
        this.#ask(of[0]);
        return clusters.readyEndpoints(...of);
      },
      switchLive: (...of: Parameters<AwsPort['switchLive']>) => {
        const [region, , { version }] = of;
        this.#ask(region);
        clusters.switchLive(...of);
        this.#made(caller, `serve ${version} in ${region}`);
      },
      smoke: (region: string, namespace: string, { name }: { path: string; name: string }) => {
        this.#ask(region);
        return { ...clusters.smoke(region, namespace), ms: 5, job: name };
      },
      diagnose: (...of: Parameters<AwsPort['diagnose']>) => {
        this.#ask(of[0]);
        return clusters.diagnose(...of);
      },
      measureUse: (_: unknown, regions: readonly string[]) =>
        regions.map((region) =>
          this.#silent.has(region)
            ? { region, cpuPercent: null, memoryPercent: null, error: `${region} does not answer` }
            : { region, cpuPercent: 35, memoryPercent: 45, error: null },
        ),
    };
  }

  async #probe(region: string, task: ProbeTask, name: string): Promise<ProbeResult> {
    switch (task.kind) {
      case 'connect': {
        const instance = this.databases.instances.find(({ seen }) => seen.endpoint?.startsWith(task.host));
        const open = instance && !isShut(instance) && this.#linked(region, regionOf(instance));
        return { kind: 'connect', outcome: open ? 'open' : 'timeout', ms: 5 };
      }
      case 'http':
        return { kind: 'http', status: 200, ms: 5, version: '1.4.0', region: task.region };
      case 'order': {
        const { status, error, writer } = await this.shops.order(region, `probe-${name}`, PROBE_MS);
        return { kind: 'order', status, orderId: `probe-${name}`, ms: 5, error, writer };
      }
      case 'order-exists':
        return { kind: 'order-exists', exists: false, ms: 5 };
      default:
        return task satisfies never;
    }
  }

  #network(caller: Caller): Implemented {
    const { readers } = this;
    return {
      readSwitch: (inRegion: string, region: string) => {
        this.#ask(inRegion);
        return this.#switches.get(inRegion)?.has(region) ? 'off' : 'on';
      },
      setSwitch: (inRegion: string, region: string, to: 'on' | 'off') => {
        this.#ask(inRegion);
        const off = this.#switches.get(inRegion) ?? new Set();
        this.#switches.set(inRegion, off);
        if (to === 'off') off.add(region);
        else off.delete(region);
        this.#made(caller, `switch ${region} ${to} in ${inRegion}`);
      },
      askDns: (geography: string, questions: number) => readers.ask(geography, questions),
      listWeightedRecords: (names: readonly string[]) => {
        this.#ask('us-east-1');
        return readers.records.filter(({ name }) => names.includes(name));
      },
      changeWeightedRecords: (records: Parameters<AwsPort['changeWeightedRecords']>[0]) => {
        this.#ask('us-east-1');
        this.#made(caller, 'change records');
        return readers.change(records);
      },
      changeStatus: (id: string) => readers.changeStatus(id),
      measureTraffic: (window: { fromMs: number; toMs: number }, regions?: readonly string[]) =>
        (regions ?? Object.keys(this.shops.configs)).map((region) =>
          this.#silent.has(region)
            ? { ...readers.measure(region, window), error: `${region} does not answer` }
            : readers.measure(region, window),
        ),
    };
  }

  /** The Region's APIs answer, or nothing does. */
  #ask(region: string): void {
    if (this.#silent.has(region)) throw new UnansweredError(`${region} does not answer`);
  }

  #linked(from: string, to: string): boolean {
    if (from === to) return true;
    return !(this.#isolated.has(from) || this.#isolated.has(to) || this.#cut.has([from, to].sort().join()));
  }

  #serves(region: string): boolean {
    const switchedOff = [...this.#switches].some(
      ([inRegion, off]) => off.has(region) && !this.#silent.has(inRegion),
    );
    return !this.#unhealthy.has(region) && !switchedOff;
  }

  #made({ operation, stepKey }: Caller, name: string): void {
    this.effects.push({ name, operation, stepKey, atMs: Date.now() });
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}
