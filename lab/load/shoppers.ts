import { randomSubnet } from '#lab/dns/geo.ts';
import { createRandom } from '#lab/kernel/random.ts';
import { type Arrivals, startArrivals } from './arrivals.ts';
import { createDnsClient } from './dns-client.ts';
import { drawGeography } from './geographies.ts';
import { openLedger } from './ledger.ts';
import { startLedgerServer } from './ledger-server.ts';
import type { LoadConfig, WriterPlace } from './messages.ts';
import { createMissingOrdersCheck } from './missing-orders.ts';
import { startProbe } from './probe.ts';
import { buildReport } from './report.ts';
import { REQUESTS_PER_SESSION } from './session.ts';
import { createTally } from './tally.ts';
import { type Outcome, visit } from './visit.ts';

export interface Shoppers {
  ledgerPort: number;
  setRate(requestsPerSecond: number): void;
  /** Empties the ledger and the figures; visits under way leave no trace. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface ShoppersOptions {
  config: LoadConfig;
  writer: () => Promise<WriterPlace | null>;
  log: (message: string, fields: Record<string, unknown>) => void;
}

const SEEDS = 2 ** 32;
const SEED_STEP = 7919;

/** Starts visitors, the ledger of what shops promised them, and its HTTP server. The same seed sends the same visitors. */
export async function startShoppers({ config, writer, log }: ShoppersOptions): Promise<Shoppers> {
  let epoch = 0;
  let visiting = 0;
  const tally = createTally(Date.now);
  const ledger = await openLedger({
    file: config.ledger.file,
    onProblem: (message, error) => log(message, { file: config.ledger.file, error: String(error) }),
  });
  const missing = createMissingOrdersCheck({ ledger, writer, now: Date.now });
  const dns = await createDnsClient(config.dns);
  const server = await startLedgerServer({
    port: config.ledger.port,
    ledger,
    tally,
    report: async (windowSeconds) =>
      buildReport({
        tally,
        ledger,
        visiting,
        missing: await missing.check(),
        geographies: config.geographies.map((geography) => geography.key),
        windowSeconds,
        nowMs: Date.now(),
      }),
  });

  function record(outcome: Outcome) {
    tally.add(outcome);
    if (!outcome.acknowledgedOrder) return;
    ledger.add({
      orderId: outcome.acknowledgedOrder,
      geography: outcome.geography,
      region: outcome.region ?? 'unknown',
      version: outcome.version ?? 'unknown',
      at: new Date(outcome.endedAt).toISOString(),
    });
  }

  // After a restart other visitors come: the first ones' orders are in the ledger already.
  const random = createRandom((config.seed + ledger.acknowledged() * SEED_STEP) >>> 0);
  const arrivals: Arrivals = startArrivals({
    perSecond: config.requestsPerSecond / REQUESTS_PER_SESSION,
    random,
    arrive() {
      const arrivedIn = epoch;
      const geography = drawGeography(config.geographies, random);
      // Each visitor draws from a stream of its own, so that who waits longer changes nobody else's visit.
      const own = createRandom(Math.floor(random() * SEEDS));
      const world = {
        ...config,
        dns,
        report: (outcome: Outcome) => {
          if (arrivedIn === epoch) record(outcome);
        },
      };
      visiting += 1;
      visit(world, { geography, subnet: randomSubnet(geography, own), random: own })
        .catch((error: unknown) => log('A visit broke off', { geography, error: String(error) }))
        .finally(() => {
          visiting -= 1;
        });
    },
  });
  const probes = config.probes.map(({ address }) =>
    startProbe({ address, port: config.shopPort, productCount: config.productCount }),
  );

  return {
    ledgerPort: server.port,
    setRate: (requestsPerSecond) => arrivals.setRate(requestsPerSecond / REQUESTS_PER_SESSION),
    async reset() {
      epoch += 1;
      tally.clear();
      await ledger.clear();
      missing.forget();
    },
    async close() {
      arrivals.stop();
      for (const probe of probes) probe.stop();
      dns.close();
      await server.close();
      await ledger.flush();
    },
  };
}
