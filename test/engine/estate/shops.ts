import { type Databases, type Instance, regionOf } from './databases.ts';

export interface ShopConfig {
  writerEndpoint: string | null;
  writeFreeze: boolean;
}

/** An order that a shop has told its customer is taken. */
export interface Acknowledged {
  id: string;
  placedIn: string;
  instance: string;
  writtenIn: string;
  atMs: number;
}

export interface OrderAnswer {
  status: number;
  error: string | null;
  writer: string | null;
}

/** An order that has passed the look at the freeze commits so much later: most soon, one in four just before it is given up. */
const ON_ITS_WAY_MS = { soon: 90, late: 1_900 };
const LATE_EVERY = 4;

export interface ShopsOptions {
  databases: Databases;
  configs: Record<string, ShopConfig>;
  now(): number;
  after(ms: number, work: () => void): void;
  linked(from: string, to: string): boolean;
}

/** The shops of all Regions: each sends its orders where its own configuration says, on a session that it keeps. */
export class Shops {
  readonly acknowledged: Acknowledged[] = [];
  readonly configs: Record<string, ShopConfig>;
  readonly #options: ShopsOptions;
  #orders = 0;
  #entered = 0;

  constructor(options: ShopsOptions) {
    this.#options = options;
    this.configs = options.configs;
  }

  /** One order in every Region: some customers are always there, whatever DNS says. */
  tick(): void {
    for (const region of Object.keys(this.configs)) {
      this.#orders += 1;
      void this.order(region, `o-${region}-${this.#orders}`);
    }
  }

  async order(region: string, id: string, onItsWayMs = this.#nextOnItsWayMs()): Promise<OrderAnswer> {
    const config = this.configs[region];
    if (!config || config.writeFreeze) return { status: 503, error: 'orders are frozen', writer: null };
    const instance = this.#writerOf(config);
    if (!instance) return { status: 503, error: `${config.writerEndpoint} is no database`, writer: null };
    const who = `shop ${region}`;
    try {
      this.#reach(region, instance);
      this.#options.databases.enter(instance, who);
      await new Promise<void>((resolve) => this.#options.after(onItsWayMs, resolve));
      this.#reach(region, instance);
      if (!instance.sessions.has(who)) throw new Error('the session was ended');
      this.#options.databases.commit(instance, { kind: 'order', id, region });
    } catch (error) {
      return { status: 503, error: error instanceof Error ? error.message : String(error), writer: null };
    }
    const writtenIn = regionOf(instance);
    const atMs = this.#options.now();
    this.acknowledged.push({ id, placedIn: region, instance: instance.seen.arn, writtenIn, atMs });
    return { status: 201, error: null, writer: writtenIn };
  }

  #nextOnItsWayMs(): number {
    this.#entered += 1;
    return this.#entered % LATE_EVERY === 0 ? ON_ITS_WAY_MS.late : (this.#entered * 17) % ON_ITS_WAY_MS.soon;
  }

  #reach(from: string, instance: Instance): void {
    if (!this.#options.linked(from, regionOf(instance)))
      throw new Error(`${from} does not reach ${regionOf(instance)}`);
  }

  /** An instance, or the primary of a Region by its code. */
  #writerOf({ writerEndpoint }: ShopConfig): Instance | undefined {
    const { databases } = this.#options;
    return (
      databases.instances.find(({ seen }) => seen.instanceId === writerEndpoint) ??
      databases.primaries().find((instance) => regionOf(instance) === writerEndpoint)
    );
  }
}
