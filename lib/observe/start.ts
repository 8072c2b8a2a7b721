import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { createAwsClients, GLOBAL_REGION } from '../adapters/aws/clients.ts';
import { errorSentence } from '../adapters/aws/observe-calls.ts';
import { createClusterClient } from '../adapters/kubernetes/cluster.ts';
import type { Database } from '../data/database.ts';
import type { CollectContext } from './collector.ts';
import { globalCollectors } from './collectors/global.ts';
import { regionCollectors } from './collectors/region.ts';
import { every } from './every.ts';
import { holdLease, LEASE_SECONDS, releaseLease } from './lease.ts';
import { clearOut, expireRequests, rollUp } from './maintain.ts';
import { type RegionLoop, startRegionLoop } from './region-loop.ts';
import { createRequestBudgets } from './request-budgets.ts';
import { createSharedFacts, recallFacts, type SharedFacts } from './shared-facts.ts';
import { createObservationStore, type ObservationStore, readStored, type SamplePoint } from './store.ts';

const LEASE = 'collector';
const RENEW_MS = (LEASE_SECONDS * 1_000) / 4;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A call of a collector is given up after this; the SDK by itself would wait for ever. */
const CALL_TIMEOUT_MS = 3_000;

export interface ObservationOptions {
  database: Database;
  estate: Estate;
  /** Asked about the zone, as for `createAwsPort`; none: the zone's own name servers. */
  nameServers?: readonly string[];
  log: (message: string, fields?: Record<string, unknown>) => void;
  /** What else one worker alone does: begun when this one is elected, stopped when it is not any more. */
  alongside?: (epoch: string) => Promise<{ stop(): Promise<void> }>;
}

/** Runs in every worker; the one that holds the lease asks AWS, the others wait to take over. */
export async function startObservation(options: ObservationOptions): Promise<{ stop(): Promise<void> }> {
  const { database, log } = options;
  const holder = randomUUID();
  const stopping = new AbortController();
  let tenure: Tenure | undefined;

  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const lease = await holdLease(database.pool, LEASE, holder);
        if (lease && tenure?.epoch !== lease.epoch) {
          await tenure?.stop();
          tenure = await startTenure(options, lease.epoch);
          log('collecting', { epoch: lease.epoch });
        } else if (!lease && tenure) {
          log('another worker collects now', {});
          await tenure.stop();
          tenure = undefined;
        }
      } catch (error) {
        log('the collector lease could not be renewed', { error: errorSentence(error) });
      }
      await sleep(RENEW_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await tenure?.stop();
    await releaseLease(database.pool, LEASE, holder).catch((error: unknown) =>
      log('the collector lease was not given up; it runs out by itself', { error: errorSentence(error) }),
    );
  })();

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Tenure {
  epoch: string;
  stop(): Promise<void>;
}

/** Everything that one elected collector runs, from election to handing over. */
async function startTenure(options: ObservationOptions, epoch: string): Promise<Tenure> {
  const { database, estate, nameServers = [], log } = options;
  const now = () => Date.now();
  const budgets = createRequestBudgets(estate.metrics.periodSeconds, now);
  const clients = createAwsClients({
    estate,
    sessionName: 'observer',
    onCall: ({ service, region, attempts }) => budgets.spend(service, region, attempts),
    timeoutMs: CALL_TIMEOUT_MS,
    attempts: 2,
  });
  const store = createObservationStore(database.pool, epoch);
  const shared = createSharedFacts();
  // A failover is not forgotten because a worker was replaced.
  recallFacts(shared, estate, await readStored(database.pool, ['database', 'cache']));
  const common = { periodSeconds: estate.metrics.periodSeconds, store, budgets, log };
  const base = (): CollectContext => ({ estate, clients, shared, nowMs: now() });
  const loops: RegionLoop[] = [
    startRegionLoop({
      ...common,
      name: 'global',
      askedIn: GLOBAL_REGION,
      collectors: globalCollectors(nameServers),
      context: base,
    }),
    ...estate.regions.map((region) => {
      const cluster = createClusterClient({
        clients,
        region,
        now,
        timeoutMs: CALL_TIMEOUT_MS,
        onCall: ({ service }) => budgets.spend(service, region.code, 1),
      });
      return startRegionLoop({
        ...common,
        name: region.code,
        askedIn: region.code,
        collectors: regionCollectors(estate, region),
        context: () => ({ ...base(), region, cluster }),
      });
    }),
  ];
  const chores = [
    every(
      estate.metrics.periodSeconds * 1_000,
      'measured shares',
      () => storeShares(estate, shared, store, now()),
      log,
    ),
    every(MINUTE_MS / 4, 'expiry of requests', () => expireRequests(database), log),
    every(MINUTE_MS, 'roll-up', () => rollUp(database.pool), log),
    every(HOUR_MS, 'clearing out', () => clearOut(database.pool), log),
  ];
  const alongside = await options.alongside?.(epoch);
  return {
    epoch,
    async stop() {
      await Promise.all([
        alongside?.stop(),
        ...chores.map((stop) => stop()),
        ...loops.map((loop) => loop.stop()),
      ]);
      clients.destroy();
    },
  };
}

/** Measured share of each Region over the last minute; nothing while one Region is silent, for shares are of the whole. */
async function storeShares(
  estate: Estate,
  shared: SharedFacts,
  store: ObservationStore,
  nowMs: number,
): Promise<void> {
  const limitMs = staleAfterSeconds('traffic', estate.metrics.periodSeconds) * 1_000;
  const measured = estate.regions.map(({ code }) => ({ code, requests: shared.of(code).requests }));
  if (measured.some(({ requests }) => !requests || nowMs - requests.atMs > limitMs)) return;
  const total = measured.reduce((sum, { requests }) => sum + (requests?.perSecond ?? 0), 0);
  if (total <= 0) return;
  const periodMs = estate.metrics.periodSeconds * 1_000;
  const atMs = Math.floor(nowMs / periodMs) * periodMs;
  await store.samples(
    measured.map(
      ({ code, requests }): SamplePoint => ({
        subject: code,
        metric: 'share.measured',
        unit: 'share',
        atMs,
        value: (requests?.perSecond ?? 0) / total,
      }),
    ),
  );
}
