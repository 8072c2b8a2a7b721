import {
  admit,
  type Breaker,
  CLOSED,
  failed,
  PROBE_EVERY_MS,
  succeeded,
} from '#lib/domain/observation/breaker.ts';
import { errorSentence } from '../adapters/aws/observe-calls.ts';
import type { CollectContext, Collected, Collector } from './collector.ts';
import type { RequestBudgets } from './request-budgets.ts';
import type { ObservationStore, ServiceHealth } from './store.ts';

/** Calls of one Region under way at once, and how long one round may take (DECISIONS, Engine). */
const IN_FLIGHT = 4;
const ROUND_BUDGET_MS = 10_000;
/** A collector that failed is asked again after this, or after its own interval if that is shorter. */
const RETRY_SECONDS = 60;
/** Rounds do not start to the millisecond; what is due this soon is due. */
const DUE_EARLY_MS = 250;

export interface RegionLoop {
  /** Ends at once: what is being asked is left to time out, and its answer is not stored. */
  stop(): Promise<void>;
}

export interface RegionLoopOptions {
  /** Region code, or `global`. */
  name: string;
  /** Region that answers its calls; of what is global, where AWS serves that from. */
  askedIn: string;
  /** Shared with the other loops: services count the requests of a whole account. */
  budgets: RequestBudgets;
  collectors: readonly Collector[];
  periodSeconds: number;
  store: ObservationStore;
  context: () => CollectContext;
  log: (message: string, fields: Record<string, unknown>) => void;
}

interface ServiceState {
  breaker: Breaker;
  lastOkAt: Date | null;
  lastError: string | null;
  calls: number;
  /** Why one of its collectors was not asked in this round; no failure, and nothing for the breaker. */
  deferred: string | null;
}

/**
 * Asks one Region, round after round, each collector when it is due. It has its own queue, its own time and a breaker a
 * service, so a Region that hangs delays nobody else. What the budget of requests does not allow stays due.
 */
export function startRegionLoop(options: RegionLoopOptions): RegionLoop {
  const { collectors, store } = options;
  const stopping = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason), { once: true });
  });
  // Unheard while nothing is asked, which is no failure.
  stopped.catch(() => undefined);
  const dueAtMs = new Map<Collector, number>();
  const services = new Map<string, ServiceState>();

  function stateOf(service: string): ServiceState {
    const known = services.get(service) ?? {
      breaker: CLOSED,
      lastOkAt: null,
      lastError: null,
      calls: 0,
      deferred: null,
    };
    services.set(service, known);
    return known;
  }

  function isDeferred({ service }: Collector): boolean {
    const why = options.budgets.shortOf(service, options.askedIn);
    if (why !== undefined) stateOf(service).deferred = why;
    return why !== undefined;
  }

  async function ask(collector: Collector, context: CollectContext): Promise<void> {
    const state = stateOf(collector.service);
    const gate = admit(state.breaker, Date.now());
    state.breaker = gate.breaker;
    const at = new Date(context.nowMs);
    const covers = collector.covers(context);
    if (!gate.admitted) {
      dueAtMs.delete(collector);
      const error = `${state.lastError ?? 'it failed'}; asked again every ${PROBE_EVERY_MS / 1_000} s`;
      await store.failed(options.name, covers, error, at);
      return;
    }
    state.calls += 1;
    let collected: Collected;
    try {
      collected = await Promise.race([collector.collect(context), stopped]);
    } catch (error) {
      if (stopping.signal.aborted) return;
      state.breaker = failed(state.breaker, Date.now());
      state.lastError = errorSentence(error);
      dueAtMs.set(collector, dueAfterFailure(collector, context.nowMs));
      await store.failed(options.name, covers, state.lastError, at);
      return;
    }
    state.breaker = succeeded();
    state.lastOkAt = at;
    state.lastError = null;
    await keep(collector, collected, at);
  }

  async function keep(collector: Collector, collected: Collected, at: Date): Promise<void> {
    const { seen, samples = [], missing = [], againInSeconds } = collected;
    if (againInSeconds !== undefined)
      dueAtMs.set(collector, at.getTime() + againInSeconds * 1_000 - DUE_EARLY_MS);
    await store.seen(options.name, seen, at);
    for (const { error, ...covered } of missing) await store.failed(options.name, [covered], error, at);
    const refused = await store.samples(samples);
    if (refused > 0) {
      options.log('samples were refused: their time is outside of every partition', {
        region: options.name,
        service: collector.service,
        refused,
      });
    }
  }

  /** What is rarely asked is not left unknown for that long after a failure. */
  function dueAfterFailure(collector: Collector, startedAtMs: number): number {
    const seconds = Math.min(
      collector.everySeconds(options.periodSeconds),
      Math.max(options.periodSeconds, RETRY_SECONDS),
    );
    return startedAtMs + seconds * 1_000 - DUE_EARLY_MS;
  }

  async function round(): Promise<void> {
    const startedAt = Date.now();
    const context = options.context();
    const dueSince = (collector: Collector) => dueAtMs.get(collector) ?? 0;
    const due = collectors.filter((collector) => dueSince(collector) <= startedAt);
    // Who has waited longest goes first: a slow Region's round may have no time for all of them.
    const queue = [...due].sort((a, b) => dueSince(a) - dueSince(b));
    for (const state of services.values()) Object.assign(state, { calls: 0, deferred: null });
    const worker = async () => {
      for (let collector = queue.shift(); collector; collector = queue.shift()) {
        if (Date.now() - startedAt > ROUND_BUDGET_MS || stopping.signal.aborted) return;
        if (isDeferred(collector)) continue;
        const everyMs = collector.everySeconds(options.periodSeconds) * 1_000;
        dueAtMs.set(collector, startedAt + everyMs - DUE_EARLY_MS);
        await ask(collector, context);
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: IN_FLIGHT }, worker));
    if (due.length === 0 || stopping.signal.aborted) return;
    await store.health(options.name, healthRows(services, Date.now() - startedAt));
    await store.announce(options.name);
    const broken = workers.find((result) => result.status === 'rejected');
    if (broken) throw broken.reason;
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      try {
        await round();
      } catch (error) {
        options.log('a round of observation could not be stored', {
          region: options.name,
          error: errorSentence(error),
        });
      }
      const rest = Math.max(200, options.periodSeconds * 1_000 - (Date.now() - startedAt));
      await pause(rest, stopping.signal);
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function healthRows(services: Map<string, ServiceState>, cycleMs: number): ServiceHealth[] {
  return [...services].map(([service, { breaker, lastOkAt, lastError, calls, deferred }]) => ({
    service,
    state: breaker.state,
    failures: breaker.failures,
    lastOkAt,
    lastError: lastError ?? deferred,
    calls,
    cycleMs,
  }));
}

/** Resolves after so long, or when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
