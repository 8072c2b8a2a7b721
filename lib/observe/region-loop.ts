import { setTimeout as sleep } from 'node:timers/promises';
import { admit, type Breaker, CLOSED, failed, succeeded } from '#lib/domain/observation/breaker.ts';
import { errorSentence } from '../adapters/aws/observe-calls.ts';
import type { CollectContext, Collector } from './collector.ts';
import type { ObservationStore, ServiceHealth } from './store.ts';

/** Calls of one Region under way at once, and how long one round may take (DECISIONS, Engine). */
const IN_FLIGHT = 4;
const ROUND_BUDGET_MS = 10_000;

export interface RegionLoop {
  stop(): Promise<void>;
}

export interface RegionLoopOptions {
  /** Region code, or `global`. */
  name: string;
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
}

/**
 * Asks one Region, round after round, each collector when it is due. It has its own queue, its own budget and a breaker a
 * service, so a Region that hangs delays nobody else.
 */
export function startRegionLoop(options: RegionLoopOptions): RegionLoop {
  const { collectors, store } = options;
  const stopping = new AbortController();
  const dueAtMs = new Map<Collector, number>();
  const services = new Map<string, ServiceState>();

  function stateOf(service: string): ServiceState {
    const known = services.get(service) ?? { breaker: CLOSED, lastOkAt: null, lastError: null, calls: 0 };
    services.set(service, known);
    return known;
  }

  async function ask(collector: Collector, context: CollectContext): Promise<void> {
    const state = stateOf(collector.service);
    const gate = admit(state.breaker, context.nowMs);
    state.breaker = gate.breaker;
    const at = new Date(context.nowMs);
    if (!gate.admitted) {
      await store.failed(
        options.name,
        collector.covers(context),
        `${state.lastError ?? 'it failed'}; asked again every 15 s`,
        at,
      );
      return;
    }
    state.calls += 1;
    try {
      const collected = await collector.collect(context);
      state.breaker = succeeded();
      state.lastOkAt = at;
      state.lastError = null;
      await store.seen(options.name, collected.seen, at);
      await store.samples(collected.samples ?? []);
    } catch (error) {
      state.breaker = failed(state.breaker, Date.now());
      state.lastError = errorSentence(error);
      await store.failed(options.name, collector.covers(context), state.lastError, at);
    }
  }

  async function round(): Promise<void> {
    const startedAt = Date.now();
    const context = options.context();
    const due = collectors.filter((collector) => (dueAtMs.get(collector) ?? 0) <= startedAt);
    const queue = [...due];
    for (const state of services.values()) state.calls = 0;
    const worker = async () => {
      for (let collector = queue.shift(); collector; collector = queue.shift()) {
        if (Date.now() - startedAt > ROUND_BUDGET_MS) return;
        dueAtMs.set(collector, startedAt + collector.everySeconds(options.periodSeconds) * 1_000 - 250);
        await ask(collector, context);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    if (due.length === 0) return;
    await store.health(options.name, healthRows(services, Date.now() - startedAt));
    await store.announce(options.name);
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
      await sleep(rest, undefined, { signal: stopping.signal }).catch(() => undefined);
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
  return [...services].map(([service, { breaker, lastOkAt, lastError, calls }]) => ({
    service,
    state: breaker.state,
    failures: breaker.failures,
    lastOkAt,
    lastError,
    calls,
    cycleMs,
  }));
}
