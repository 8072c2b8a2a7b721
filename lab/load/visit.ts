import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '#lab/kernel/random.ts';
import { type DnsClient, DnsError } from './dns-client.ts';
import { type Act, planSession } from './session.ts';
import { type Reply, requestShop } from './shop-request.ts';
import { createVisitorResolver, type VisitorResolver } from './visitor-resolver.ts';

/** How one request ended for the visitor, retries included. */
export interface Outcome {
  kind: 'read' | 'order';
  geography: string;
  /** Wall clock, ms. */
  startedAt: number;
  endedAt: number;
  /** How long the visitor waited, both attempts included, ms. */
  latencyMs: number;
  /** Absent when nobody answered. */
  status: number | undefined;
  /** No answer, or the shop's own failure (5xx). */
  failed: boolean;
  /** Region that answered, or whose address stayed silent; absent when no address was known. */
  region: string | undefined;
  version: string | undefined;
  /** Set when the shop acknowledged this order. */
  acknowledgedOrder?: string;
}

export interface VisitWorld {
  dns: Pick<DnsClient, 'lookUp'>;
  originName: string;
  shopPort: number;
  productCount: number;
  regionOfAddress: Record<string, string>;
  report(outcome: Outcome): void;
}

/** One visitor from arrival to leaving; every request is reported, a failed one ends the visit. */
export async function visit(
  world: VisitWorld,
  visitor: { geography: string; subnet: string; random: Random },
): Promise<void> {
  const { geography, subnet, random } = visitor;
  const resolver = createVisitorResolver({
    dns: world.dns,
    name: world.originName,
    subnet,
    random,
    now: () => performance.now(),
  });
  for (const { thinkMs, act } of planSession(random, world.productCount)) {
    if (thinkMs > 0) await sleep(thinkMs);
    const outcome = await attempt(world, { geography, resolver, act });
    world.report(outcome);
    if (outcome.failed) return;
  }
}

interface Attempt {
  geography: string;
  resolver: VisitorResolver;
  act: Act;
}

/** A connection that fails is tried once more; the name is resolved anew only if its TTL has passed. */
async function attempt(world: VisitWorld, { geography, resolver, act }: Attempt): Promise<Outcome> {
  const startedAt = Date.now();
  const begin = performance.now();
  let tried = await tryOnce(world, resolver, act);
  if (!tried.reply.answered && tried.address) tried = await tryOnce(world, resolver, act);
  const { reply, address } = tried;
  const latencyMs = performance.now() - begin;
  const silentRegion = address && world.regionOfAddress[address];
  const status = reply.answered ? reply.status : undefined;
  const taken = act.kind === 'order' && (status === 201 || status === 200);
  return {
    kind: act.kind,
    geography,
    startedAt,
    endedAt: startedAt + latencyMs,
    latencyMs,
    status,
    failed: status === undefined || status >= 500,
    region: (reply.answered ? reply.region : undefined) ?? silentRegion,
    version: reply.answered ? reply.version : undefined,
    ...(taken ? { acknowledgedOrder: act.orderId } : {}),
  };
}

async function tryOnce(
  world: VisitWorld,
  resolver: VisitorResolver,
  act: Act,
): Promise<{ reply: Reply; address: string | undefined }> {
  try {
    const address = await resolver.address();
    return { reply: await requestShop(address, world.shopPort, act), address };
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    return { reply: { answered: false, reason: error.message }, address: undefined };
  }
}
