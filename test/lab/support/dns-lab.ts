import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as sdk from '@aws-sdk/client-route-53';
import { createChaos } from '#lab/kernel/chaos.ts';
import type { Clock } from '#lab/kernel/clock.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import { createMetricStore } from '#lab/kernel/metric-store.ts';
import { createNameRegistry } from '#lab/kernel/names.ts';
import { createRandom } from '#lab/kernel/random.ts';
import { createStateStore } from '#lab/kernel/state.ts';
import { createRoute53, type Route53, type Route53Options } from '#lab/route53/index.ts';
import type { Call, OperationInput, OperationOutput } from '#lab/wire/service.ts';
import { type Estate, parseEstate } from '#lib/domain/estate/estate.ts';

export const ZONE = 'Z0MERIDIANLAB1';
export const ORIGIN = 'origin.shop.example.';

/** The estate that ships with the product. */
export function shippedEstate(): Estate {
  const parsed = parseEstate(readFileSync(new URL('../../../estate.yaml', import.meta.url), 'utf8'));
  if (!parsed.ok)
    throw new Error(parsed.problems.map(({ field, message }) => `${field} ${message}`).join('; '));
  return parsed.estate;
}

/** A clock that stands still until it is moved; AWS waits are not scaled. */
export interface ManualClock extends Clock {
  /** Runs what falls due within the next `ms`, in order. */
  advance(ms: number): void;
}

function createManualClock(startMs = Date.UTC(2026, 10, 23)): ManualClock {
  let nowMs = startMs;
  let waiting: { atMs: number; run: () => void }[] = [];
  return {
    now: () => nowMs,
    scaledMs: (awsMs) => awsMs,
    after(awsMs, run) {
      const entry = { atMs: nowMs + awsMs, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const next = waiting.filter((entry) => entry.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        waiting = waiting.filter((entry) => entry !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = untilMs;
    },
  };
}

export interface DnsLab {
  ctx: LabContext;
  clock: ManualClock;
  route53: Route53;
  /** Health of the estate's load balancers, by Region; all true at first. */
  loadBalancers: Map<string, boolean>;
  /** Calls one operation as the gateway would. */
  call<Operation extends OperationName>(
    operation: Operation,
    input: OperationInput<typeof sdk, Operation>,
  ): Promise<OperationOutput<typeof sdk, Operation>>;
  /** A batch, with the time it takes. */
  change(changes: sdk.Change[], zoneId?: string): Promise<sdk.ChangeInfo>;
  /** The same data folder with everything else new, as after a restart of the lab. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

type OperationName = keyof typeof sdk extends infer Key
  ? Key extends `${infer Operation}Command`
    ? Operation extends '$'
      ? never
      : Operation
    : never
  : never;

const CALL: Call = {
  region: 'us-east-1',
  accessKeyId: 'AKIALAB',
  userId: 'AIDALAB',
  requestId: 'request-1',
  identityArn: 'arn:aws:iam::000000000000:user/lab',
};

/** Address that stands for a Region's load balancer: 127.0.11.1, 127.0.12.1, … */
export function loadBalancerAddress(estate: Estate, region: string): string {
  return `127.0.${11 + estate.regions.findIndex(({ code }) => code === region)}.1`;
}

/** Route 53 with its zone, name servers' data and health checkers, without a wire. */
export function createDnsLab(
  options: Route53Options & { seed?: number; metricsPeriodSeconds?: number } = {},
): DnsLab {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'meridian-dns-'));
  const estate = shippedEstate();
  estate.metrics.periodSeconds = options.metricsPeriodSeconds ?? estate.metrics.periodSeconds;
  const clock = createManualClock();
  const loadBalancers = new Map(estate.regions.map((region) => [region.code, true]));

  function build() {
    const ctx: LabContext = {
      estate,
      dataDir,
      clock,
      random: createRandom(options.seed ?? 7),
      chaos: createChaos(0),
      metrics: createMetricStore(clock),
      names: createNameRegistry(),
      state: createStateStore(path.join(dataDir, 'state')),
      log: () => undefined,
    };
    for (const { code, loadBalancer } of estate.regions) {
      ctx.names.register(loadBalancer.dnsName, {
        addresses: () => [loadBalancerAddress(estate, code)],
        healthy: () => loadBalancers.get(code) ?? false,
      });
    }
    return { ctx, route53: createRoute53(ctx, options) };
  }

  const lab: DnsLab = {
    ...build(),
    clock,
    loadBalancers,
    async call(operation, input) {
      const handler = lab.route53.service.handlers[operation];
      if (!handler) throw new Error(`Route 53 has no handler for ${operation}.`);
      const members: Record<string, unknown> = Object.fromEntries(Object.entries(input ?? {}));
      return (await handler(members, CALL)) as OperationOutput<typeof sdk, typeof operation>;
    },
    async change(changes, zoneId = ZONE) {
      const pending = lab.call('ChangeResourceRecordSets', {
        HostedZoneId: zoneId,
        ChangeBatch: { Changes: changes },
      });
      clock.advance(500);
      const { ChangeInfo: info } = await pending;
      if (!info) throw new Error('ChangeResourceRecordSets answered no ChangeInfo.');
      return info;
    },
    async restart() {
      await lab.route53.part.close();
      lab.ctx.state.flush();
      Object.assign(lab, build());
    },
    async close() {
      await lab.route53.part.close();
      lab.ctx.state.flush();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return lab;
}

/** A change of one simple A record. */
export function simpleA(action: sdk.ChangeAction, name: string, ...addresses: string[]): sdk.Change {
  return {
    Action: action,
    ResourceRecordSet: {
      Name: name,
      Type: 'A',
      TTL: 60,
      ResourceRecords: addresses.map((Value) => ({ Value })),
    },
  };
}

/** Weights of one geography's set as the estate's records are shaped. */
export function weightChanges(
  estate: Estate,
  geography: string,
  weights: Record<string, number>,
): sdk.Change[] {
  return Object.entries(weights).map(([code, Weight]) => {
    const region = estate.regions.find((candidate) => candidate.code === code);
    if (!region) throw new Error(`The estate has no Region ${code}.`);
    return {
      Action: 'UPSERT',
      ResourceRecordSet: {
        Name: `${geography}.${ORIGIN}`,
        Type: 'A',
        SetIdentifier: code,
        Weight,
        HealthCheckId: region.healthCheckId,
        AliasTarget: {
          HostedZoneId: region.loadBalancer.hostedZoneId,
          DNSName: region.loadBalancer.dnsName,
          EvaluateTargetHealth: true,
        },
      },
    };
  });
}
