import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { inGroups } from '#lib/engine/step-group.ts';
import { type Barrier, type TestDatabase, type TestWorker, until } from '../harness.ts';
import type { EstateCall, EstateServer, Trap, Where } from './server.ts';

type Place = Pick<Where, 'method' | 'at'>;

const answers = (method: string): Place => ({ method, at: 'answers' });
const arrives = (method: string): Place => ({ method, at: 'arrives' });

/**
 * Where a worker dies inside of each action: where it has changed something and does not know it yet; else at a question.
 * What may not be done twice, or is several changes, dies at each of them, one attempt after the other.
 */
const INSIDE: Readonly<Record<string, readonly Place[]>> = {
  'capacity.ensure': [answers('updateNodeGroup')],
  'capacity.release': [answers('updateNodeGroup')],
  'deploy.apply': [answers('applyColour'), arrives('readShop')],
  'deploy.clear': [answers('scaleColour')],
  'deploy.diagnose': [arrives('diagnose')],
  'deploy.drain': [arrives('readyEndpoints')],
  'deploy.endpoints': [arrives('readyEndpoints')],
  'deploy.images': [arrives('findImages')],
  'deploy.parity': [arrives('readShop')],
  'deploy.retire': [answers('scaleColour')],
  'deploy.rollout': [arrives('readShop')],
  'deploy.smoke': [answers('smoke')],
  'deploy.soak': [arrives('measureTraffic')],
  'deploy.switch': [arrives('switchLive'), answers('switchLive'), arrives('readyEndpoints')],
  'deploy.switch-back': [arrives('switchLive'), answers('switchLive')],
  'deploy.verify-back': [arrives('measureTraffic')],
  'recovery.await-dns': [arrives('askDns')],
  'recovery.check-left': [arrives('findDatabase')],
  'recovery.create-replica': [arrives('createReplica'), answers('createReplica')],
  'recovery.declare': [arrives('readWal')],
  'recovery.delete-replica': [answers('deleteReplica')],
  'recovery.fence-database': [answers('modifyDatabase'), answers('rebootDatabase')],
  'recovery.freeze-writes': [answers('writeShopConfig')],
  'recovery.parity': [answers('modifyDatabase')],
  'recovery.point-writer': [answers('writeShopConfig')],
  'recovery.prescale': [arrives('countReadyNodes')],
  'recovery.promote': [arrives('promoteReplica'), answers('promoteReplica'), arrives('readWal')],
  'recovery.recheck': [arrives('findDatabase')],
  'recovery.retire': [answers('modifyDatabase')],
  'recovery.seal-writer': [
    answers('modifyDatabase'),
    answers('terminateSessions'),
    answers('writeToken'),
    arrives('hasToken'),
  ],
  'recovery.send-for-nodes': [answers('updateNodeGroup')],
  'recovery.switch': [answers('setSwitch')],
  'recovery.unfence-database': [answers('modifyDatabase')],
  'recovery.verify-order': [answers('runProbe')],
  'recovery.verify-reads': [arrives('measureTraffic')],
  'recovery.verify-redundancy': [arrives('listDatabases')],
  'recovery.verify-replication': [answers('writeToken')],
};

/** What ends on our record and not yet in the engine's history: a worker dies there too, where it must not be done again. */
const ENDED: ReadonlySet<string> = new Set([
  'deploy.switch',
  'recovery.create-replica',
  'recovery.delete-replica',
  'recovery.promote',
  'recovery.retire',
  'recovery.seal-writer',
]);

/** What ends an attempt and looks again: the engine's history has its end several times, and only one is the last. */
const LOOKS_AGAIN: ReadonlySet<string> = new Set(['deploy.verify-back']);

/** One point at which the worker that runs the operation is killed. */
export type Kill =
  /** Everything before the step has ended, nothing of it has begun. */
  | { kind: 'boundary'; before: string }
  /** All of them are under way, each at that place of it. */
  | { kind: 'inside'; places: { key: string; place: Place }[] }
  /** They have done all that they do and their end is not on record: of what asks nobody outside. */
  | { kind: 'ending'; key: string }
  /** Their end is on our record, and the engine does not know it. */
  | { kind: 'ended'; steps: readonly PlannedStep[] }
  /** It has turned round, and nothing was put back yet. */
  | { kind: 'stopping' };

/** Every boundary of a plan's steps, and every step inside. */
export function killsOf(steps: readonly PlannedStep[]): Kill[] {
  return inGroups(steps).flatMap((group): Kill[] => [
    { kind: 'boundary', before: group[0]?.key ?? '' },
    ...insideOf(group),
    ...(group.some(({ action }) => ENDED.has(action)) ? [{ kind: 'ended' as const, steps: group }] : []),
  ]);
}

/** The same of what puts things back, which asks at no gate. */
export function killsOfCompensation(steps: readonly PlannedStep[]): Kill[] {
  return [
    { kind: 'stopping' },
    ...inGroups(steps).flatMap((group): Kill[] => [
      ...insideOf(group),
      ...(group.some(({ action }) => LOOKS_AGAIN.has(action))
        ? []
        : [{ kind: 'ended' as const, steps: group }]),
    ]),
  ];
}

function insideOf(group: readonly PlannedStep[]): Kill[] {
  const [only] = group;
  if (only && !INSIDE[only.action]) return [{ kind: 'ending', key: only.key }];
  const rounds = Math.max(...group.map(({ action }) => INSIDE[action]?.length ?? 0));
  return Array.from({ length: rounds }, (_, round) => ({
    kind: 'inside' as const,
    places: group.flatMap(({ key, action }) => {
      const place = INSIDE[action]?.[round];
      return place ? [{ key, place }] : [];
    }),
  }));
}

/** Where workers died, as the run's own record had it then. */
export interface Killed {
  /** First steps of what had not begun, with everything before them over. */
  boundaries: string[];
  /** Steps that had ended by our own record alone. */
  ended: string[];
  /** Steps under way, in the order of their deaths. */
  inside: string[];
  count: number;
}

interface Armed {
  kill: Kill;
  traps: Map<string, Trap>;
  barrier: Barrier | undefined;
}

const REACHED_MS = 60_000;
/** Steps of a group begin one after the other on a busy machine; none is held for so long that it gives up, ms. */
const TOGETHER_MS = 1_000;
/** The one that runs it, and one that takes over. */
const PEERS = 2;
/** Workers to begin with: so many that a step that is held need not wait for a new one. */
export const WORKERS = 3;

/** Kills the worker of one run at each of these points in turn, and has another take its place. */
export class Killer {
  readonly #db: TestDatabase;
  readonly #server: EstateServer;
  readonly #killed: Killed = { boundaries: [], ended: [], inside: [], count: 0 };
  #replaced: Promise<unknown> = Promise.resolve();

  constructor(db: TestDatabase, server: EstateServer) {
    this.#db = db;
    this.#server = server;
  }

  /** `start` lets the run go on once the first point is set. */
  async killAtEach(id: string, kills: readonly Kill[], start: () => Promise<unknown>): Promise<Killed> {
    const [first] = kills;
    if (!first) throw new Error('There is nothing to kill at.');
    let armed = await this.#arm(id, first);
    await start();
    for (const [index] of kills.entries()) {
      // The next point is set before anything can come to it.
      const following = kills[index + 1];
      const next = following ? await this.#arm(id, following) : undefined;
      if (armed.barrier) await this.#killAt(id, armed.kill, armed.barrier);
      else await this.#killInside(id, armed.traps);
      if (next) armed = next;
    }
    await this.#replaced;
    return this.#killed;
  }

  async #arm(id: string, kill: Kill): Promise<Armed> {
    if (kill.kind !== 'inside')
      return { kill, traps: new Map(), barrier: await this.#db.barrier(pointOf(kill)) };
    const traps = kill.places.map(({ key, place }): [string, Trap] => [
      key,
      this.#server.trap({ operation: id, stepKey: key, ...place }),
    ]);
    return { kill, traps: new Map(traps), barrier: undefined };
  }

  async #killAt(id: string, kill: Kill, barrier: Barrier): Promise<void> {
    await barrier.reached(REACHED_MS);
    // Nothing runs that could be given up meanwhile: the time to have all of them again.
    await this.#replaced;
    const victim = await this.#db.owner(id);
    if (kill.kind === 'ending') await this.#noteInside(id, [kill.key]);
    if (kill.kind === 'boundary') await this.#noteBoundary(id, kill.before);
    if (kill.kind === 'ended') await this.#noteEnded(id, kill.steps);
    await this.#kill(victim);
    await barrier.lift();
  }

  /** All at once where they come there together, else a worker for each that comes later. */
  async #killInside(id: string, traps: Map<string, Trap>): Promise<void> {
    const caught = new Map<string, EstateCall>();
    for (const [key, trap] of traps) void trap.caught.then((call) => caught.set(key, call));
    while (traps.size > 0) {
      await this.#findPeers();
      const some = async () => (caught.size > 0 ? true : undefined);
      await until(`something comes to ${[...traps.keys()].join(', ')}`, some, REACHED_MS, () =>
        this.#db.describe(id),
      );
      await Promise.race([Promise.all([...traps.values()].map((trap) => trap.caught)), delay(TOGETHER_MS)]);
      const pids = new Set([...caught.values()].map(({ caller }) => caller.pid));
      const victim = this.#db.workers.find(({ pid, alive }) => alive && pids.has(pid));
      // A call of one that is dead already was on its way when it died.
      const [held, left] = partition([...caught], ([, { caller }]) => caller.pid === victim?.pid);
      this.#killed.inside.push(...left.map(([key]) => key));
      await this.#noteInside(
        id,
        held.map(([key]) => key),
      );
      if (victim) await this.#kill(victim);
      for (const key of caught.keys()) {
        traps.get(key)?.drop();
        traps.delete(key);
      }
      caught.clear();
    }
  }

  async #kill(victim: TestWorker): Promise<void> {
    await victim.kill('SIGKILL');
    this.#killed.count += 1;
    const started = this.#db.startWorkers(1, victim.settings);
    this.#replaced = Promise.all([this.#replaced, started]);
    this.#replaced.catch(() => undefined); // awaited where somebody needs it
  }

  /** Somebody has to be there to notice a death, and that before it. */
  async #findPeers(): Promise<void> {
    if (this.#db.workers.filter(({ alive }) => alive).length < PEERS) await this.#replaced;
  }

  async #noteInside(id: string, keys: readonly string[]): Promise<void> {
    const steps = await this.#db.steps(id);
    // One whose call was held for long has held too, and is tried again.
    for (const key of keys)
      expect(steps.find((step) => step.key === key)?.state, key).toMatch(/^(running|holding)$/);
    this.#killed.inside.push(...keys);
  }

  async #noteEnded(id: string, ended: readonly PlannedStep[]): Promise<void> {
    const steps = await this.#db.steps(id);
    for (const { key } of ended)
      expect(steps.find((step) => step.key === key)?.state, key).toMatch(/^(done|skipped)$/);
    this.#killed.ended.push(...ended.map(({ key }) => key));
  }

  async #noteBoundary(id: string, key: string): Promise<void> {
    const steps = await this.#db.steps(id);
    const at = steps.findIndex((step) => step.key === key);
    const open = steps.slice(0, at).filter(({ state }) => !/^(done|skipped|reverted)$/.test(state));
    expect(open, `all before ${key} is over`).toEqual([]);
    expect(steps[at], `${key} has not begun`).toMatchObject({ attempt: 0 });
    this.#killed.boundaries.push(key);
  }
}

function partition<T>(all: readonly T[], isIn: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isIn), all.filter((one) => !isIn(one))];
}

function pointOf(kill: Exclude<Kill, { kind: 'inside' }>): string {
  switch (kill.kind) {
    case 'boundary':
      return `checkpoint:gate ${kill.before}`;
    case 'ending':
      return `event:finished:${kill.key}`;
    case 'ended': {
      const [first] = kill.steps;
      return `checkpoint:${kill.steps.length === 1 ? `step ${first?.key}` : `steps ${first?.group}`}`;
    }
    case 'stopping':
      return 'checkpoint:stop';
    default:
      return kill satisfies never;
  }
}
