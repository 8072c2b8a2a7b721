import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createChaos } from '#lab/kernel/chaos.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import { createMetricStore } from '#lab/kernel/metric-store.ts';
import { createNameRegistry } from '#lab/kernel/names.ts';
import { createRandom } from '#lab/kernel/random.ts';
import { createStateStore } from '#lab/kernel/state.ts';
import { type Credentials, createCredentials } from '#lab/wire/credentials.ts';
import { createGateway, type Gateway } from '#lab/wire/gateway.ts';
import type { AwsService } from '#lab/wire/service.ts';
import { parseEstate } from '#lib/domain/estate/estate.ts';

/** The estate of the repository, without the rest of the lab: for tests of the wire itself. */
export interface GatewayFixture {
  ctx: LabContext;
  credentials: Credentials;
  gateway: Gateway;
  /** Moves the lab's clock; timers stay real. */
  advance(ms: number): void;
  clientOptions(region: string): {
    region: string;
    endpoint: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
    /** Signatures follow the lab's moved clock. */
    systemClockOffset: number;
  };
  close(): Promise<void>;
}

export async function startGateway(
  services: (ctx: LabContext, credentials: Credentials) => AwsService[] | Promise<AwsService[]>,
): Promise<GatewayFixture> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-gateway-'));
  const parsed = parseEstate(readFileSync(path.join(import.meta.dirname, '../../estate.yaml'), 'utf8'));
  if (!parsed.ok) throw new Error(`estate.yaml: ${JSON.stringify(parsed.problems)}`);
  let offsetMs = 0;
  const clock = {
    now: () => Date.now() + offsetMs,
    scaledMs: (awsMs: number) => awsMs / 60,
    after: (awsMs: number, run: () => void) => {
      const timer = setTimeout(run, awsMs / 60);
      return () => clearTimeout(timer);
    },
  };
  const ctx: LabContext = {
    estate: parsed.estate,
    dataDir,
    clock,
    random: createRandom(1),
    chaos: createChaos(20),
    metrics: createMetricStore(clock),
    names: createNameRegistry(),
    state: createStateStore(path.join(dataDir, 'state')),
    log: () => {},
  };
  const credentials = createCredentials(dataDir, parsed.estate.account, clock.now);
  const gateway = await createGateway(ctx, { credentials, services: await services(ctx, credentials) });
  return {
    ctx,
    credentials,
    gateway,
    advance(ms) {
      offsetMs += ms;
    },
    clientOptions: (region) => ({
      region,
      endpoint: gateway.url,
      credentials: credentials.user,
      maxAttempts: 1,
      systemClockOffset: offsetMs,
    }),
    async close() {
      await gateway.close();
      ctx.state.flush();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
