import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seedEstate } from '#test/seed-estate.ts';
import { createAwsClients } from '../adapters/aws/clients.ts';
import type { CollectContext, Collected, Collector } from './collector.ts';
import { type RegionLoop, startRegionLoop } from './region-loop.ts';
import { createRequestBudgets, type RequestBudgets } from './request-budgets.ts';
import { createSharedFacts } from './shared-facts.ts';
import type { ObservationStore, ServiceHealth } from './store.ts';

const PERIOD = 5;
const estate = seedEstate();
const nothing: Collected = { seen: [] };

/** A store that keeps what it was told, by the second of the test. */
class Kept implements ObservationStore {
  readonly log: string[] = [];
  health_: readonly ServiceHealth[] = [];
  broken = false;
  refused = 0;

  #note(entry: string): void {
    if (this.broken) throw new Error('the database is away');
    this.log.push(`${Math.round(Date.now() / 1_000)} ${entry}`);
  }
  async seen(): Promise<void> {
    this.#note('seen');
  }
  async failed(_: string, kinds: readonly { name: string }[], error: string): Promise<void> {
    this.#note(`failed ${kinds.map(({ name }) => name).join()}: ${error}`);
  }
  async samples(): Promise<number> {
    return this.refused;
  }
  async health(_: string, services: readonly ServiceHealth[]): Promise<void> {
    this.health_ = services;
  }
  async announce(): Promise<void> {
    this.#note('announced');
  }
  of(kind: string): string[] {
    return this.log.filter((entry) => entry.includes(kind));
  }
}

let kept: Kept;
let logged: string[];
let budgets: RequestBudgets;
let loop: RegionLoop | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  kept = new Kept();
  logged = [];
  budgets = createRequestBudgets(PERIOD, () => Date.now());
});

afterEach(async () => {
  const stopping = loop?.stop();
  await vi.runOnlyPendingTimersAsync();
  await stopping;
  loop = undefined;
  vi.useRealTimers();
});

function collector(
  name: string,
  collect: () => Promise<Collected>,
  options: { service?: string; every?: number } = {},
): Collector {
  return {
    service: options.service ?? 'rds',
    covers: () => [{ kind: 'database', name }],
    everySeconds: () => options.every ?? PERIOD,
    collect,
  };
}

function start(...collectors: Collector[]): void {
  const clients = createAwsClients({ estate, sessionName: 'test', timeoutMs: 1, attempts: 1 });
  loop = startRegionLoop({
    name: 'eu-west-1',
    askedIn: 'eu-west-1',
    budgets,
    collectors,
    periodSeconds: PERIOD,
    store: kept,
    context: (): CollectContext => ({
      estate,
      clients,
      shared: createSharedFacts(),
      nowMs: Date.now(),
    }),
    log: (message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
  });
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

describe('a Region’s loop', () => {
  it('asks each collector when it is due', async () => {
    const often = vi.fn(() => Promise.resolve(nothing));
    const rarely = vi.fn(() => Promise.resolve(nothing));
    start(collector('a', often), collector('b', rarely, { every: 30 }));
    await seconds(61);
    expect(often).toHaveBeenCalledTimes(13);
    expect(rarely).toHaveBeenCalledTimes(3);
  });

  it('opens the breaker of a service after five failures, and probes each 15 s until one succeeds', async () => {
    let well = false;
    const asked: number[] = [];
    const collect = () => {
      asked.push(Math.round(Date.now() / 1_000));
      return well ? Promise.resolve(nothing) : Promise.reject(new Error('ECONNRESET'));
    };
    start(
      collector('a', collect),
      collector('b', () => Promise.resolve(nothing), { service: 'eks' }),
    );
    await seconds(41);
    expect(asked).toEqual([0, 5, 10, 15, 20, 35]);
    expect(kept.health_.find(({ service }) => service === 'rds')).toMatchObject({
      state: 'open',
      failures: 6,
      lastError: 'ECONNRESET',
      lastOkAt: null,
    });
    expect(kept.health_.find(({ service }) => service === 'eks')).toMatchObject({
      state: 'closed',
      failures: 0,
    });
    expect(kept.of('failed a')).toContain('25 failed a: ECONNRESET; asked again every 15 s');
    well = true;
    await seconds(20);
    expect(asked.slice(6)).toEqual([50, 55, 60]);
    expect(kept.health_.find(({ service }) => service === 'rds')).toMatchObject({
      state: 'closed',
      failures: 0,
      lastError: null,
    });
  });

  it('asks what is rare again soon after it failed', async () => {
    let calls = 0;
    start(
      collector(
        'month',
        () => {
          calls += 1;
          return calls === 1 ? Promise.reject(new Error('Throttling')) : Promise.resolve(nothing);
        },
        { every: 6 * 3_600 },
      ),
    );
    await seconds(59);
    expect(calls).toBe(1);
    await seconds(10);
    expect(calls).toBe(2);
    await seconds(3_600);
    expect(calls).toBe(2);
  });

  it('puts off what the budget of requests does not allow, and blames nobody', async () => {
    const asked: number[] = [];
    // A list of forty pages: ten rounds' worth of RDS, which four requests a period are allowed of.
    const many = collector('many', async () => {
      asked.push(Math.round(Date.now() / 1_000));
      budgets.spend('rds', 'eu-west-1', 40);
      return nothing;
    });
    const other = vi.fn(() => Promise.resolve(nothing));
    start(many, collector('other', other, { service: 'eks' }));
    await seconds(21);
    expect(asked).toEqual([0]);
    expect(other).toHaveBeenCalledTimes(5);
    expect(kept.health_.find(({ service }) => service === 'rds')).toMatchObject({
      state: 'closed',
      failures: 0,
      calls: 0,
      lastError: expect.stringMatching(
        /^deferred to a later round: the budget of requests to rds in eu-west-1 is spent for \d+ s$/,
      ),
    });
    expect(kept.of('failed')).toEqual([]);
    await seconds(30);
    expect(asked).toEqual([0, 50]);
    expect(kept.health_.find(({ service }) => service === 'eks')).toMatchObject({ lastError: null });
  });

  it('goes on as before once the budget allows it', async () => {
    const asked = vi.fn(() => Promise.resolve(nothing));
    budgets.spend('rds', 'eu-west-1', 8);
    start(collector('a', asked));
    await seconds(1);
    expect(asked).not.toHaveBeenCalled();
    await seconds(30);
    expect(asked.mock.calls.length).toBeGreaterThanOrEqual(4);
    expect(kept.health_[0]).toMatchObject({ lastError: null, state: 'closed' });
  });

  it('has four calls under way at most, and ten seconds a round', async () => {
    let underWay = 0;
    let most = 0;
    const asked = vi.fn();
    const slow = (name: string) =>
      collector(name, async () => {
        asked(name);
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 6_000));
        underWay -= 1;
        return nothing;
      });
    start(...Array.from({ length: 12 }, (_, i) => slow(String(i))));
    await seconds(11);
    expect(most).toBe(4);
    expect(asked.mock.calls.flat()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    await seconds(8);
    // What the first round had no time for is not forgotten.
    expect(asked.mock.calls.flat().slice(8)).toEqual(expect.arrayContaining(['8', '9', '10', '11']));
  });

  it('does not blame a service for the database', async () => {
    start(collector('a', () => Promise.resolve(nothing)));
    kept.broken = true;
    await seconds(31);
    expect(logged.length).toBeGreaterThan(5);
    expect(logged[0]).toContain('could not be stored');
    kept.broken = false;
    await seconds(5);
    expect(kept.health_[0]).toMatchObject({ state: 'closed', failures: 0 });
    expect(kept.of('failed')).toEqual([]);
  });

  it('says when samples were refused', async () => {
    kept.refused = 3;
    start(collector('a', () => Promise.resolve(nothing)));
    await seconds(1);
    expect(logged).toEqual([
      'samples were refused: their time is outside of every partition {"region":"eu-west-1","service":"rds","refused":3}',
    ]);
  });

  it('says what was looked for and is not there, without blaming the service', async () => {
    start(
      collector('a', () =>
        Promise.resolve({
          seen: [],
          missing: [{ kind: 'database', name: 'gone', error: 'RDS has no instance gone' }],
        }),
      ),
    );
    await seconds(31);
    expect(kept.of('failed gone')).toContain('0 failed gone: RDS has no instance gone');
    expect(kept.health_[0]).toMatchObject({ state: 'closed', failures: 0, lastError: null });
  });

  it('asks again sooner whoever will know more then', async () => {
    const asked: number[] = [];
    start(
      collector(
        'rules',
        async () => {
          asked.push(Math.round(Date.now() / 1_000));
          return asked.length === 1 ? { seen: [], againInSeconds: 2 * PERIOD } : nothing;
        },
        { every: 30 },
      ),
    );
    await seconds(61);
    expect(asked).toEqual([0, 10, 40]);
  });

  it('stops at once, whatever hangs, and stores nothing of it', async () => {
    start(collector('a', () => new Promise<Collected>(() => undefined)));
    await seconds(1);
    const before = Date.now();
    await loop?.stop();
    expect(Date.now()).toBe(before);
    expect(kept.of('failed')).toEqual([]);
  });
});
