import { setTimeout as sleep } from 'node:timers/promises';
import type { LabContext } from '#lab/kernel/context.ts';
import { createRegionWatch } from '#lab/kernel/region-watch.ts';
import type { ContainerResult, ContainerRun, ContainerRunner } from '#lab/kubernetes/index.ts';
import type { Address, Channel, Links } from '#lab/links/types.ts';
import type { Databases } from '#lab/postgres/types.ts';
import type { Shops } from '#lab/shop/index.ts';
import { knock } from './connect.ts';
import type { ProbeError, ProbeResult } from './result.ts';
import { findOrder, getPage, getPreview, placeOrder } from './shop-tasks.ts';
import { type ConnectTask, type ProbeTask, readTask } from './task.ts';

export type { ProbeError, ProbeResult } from './result.ts';
export { ProbeTask } from './task.ts';

export interface ProbeDependencies {
  links: Pick<Links, 'proxy'>;
  databases: Pick<Databases, 'list'>;
  /** Whether the database's security groups let in what comes from that Region. */
  admits(resourceId: string, from: string): boolean;
  /** The shops start after the clusters that run probes. */
  shops: Promise<Pick<Shops, 'port' | 'sites'>>;
}

/** `meridian/probe` with or without registry, tag and digest. */
const IMAGE = /(?:^|\/)meridian\/probe(?:[:@]|$)/;

/**
 * Runs the image `meridian/probe` for real: from inside the Region of its cluster, through that Region's links. It prints one JSON
 * line. Exit code 0 says that the question was answered, also when the answer is "refused"; 1 that it could not be asked.
 */
export function createProbeRunner(ctx: LabContext, dependencies: ProbeDependencies): ContainerRunner {
  const regions = createRegionWatch(ctx.chaos);

  async function run(container: ContainerRun): Promise<ContainerResult> {
    const { region } = container;
    await regions.untilUp(region);
    const outagesBefore = regions.outages(region);
    const begun = { from: region, at: new Date(ctx.clock.now()).toISOString() };
    try {
      const result = await carryOut(dependencies, container, readTask(container), begun);
      // What a Region sees while it goes down says nothing about the others.
      if (ctx.chaos.outage(region) || regions.outages(region) > outagesBefore)
        throw new Error(`${region} went out while the probe was under way; it saw nothing that counts.`);
      return { exitCode: 0, log: JSON.stringify(result) };
    } catch (error) {
      const failure: ProbeError = { ...begun, error: error instanceof Error ? error.message : String(error) };
      return { exitCode: 1, log: JSON.stringify(failure) };
    }
  }

  return (container) => (IMAGE.test(container.image) ? run(container) : undefined);
}

async function carryOut(
  dependencies: ProbeDependencies,
  { region, namespace }: ContainerRun,
  task: ProbeTask,
  begun: { from: string; at: string },
): Promise<ProbeResult> {
  const shopAt = (other: string, channel?: Channel) =>
    wayToShop(dependencies, { from: region, to: other, namespace, channel });
  switch (task.task) {
    case 'connect': {
      const { host, port } = task;
      const measured = await timed(() => connectTo(dependencies, region, task));
      return { task: 'connect', ...begun, host, port, ...measured };
    }
    case 'http': {
      const { region: target, path, via } = task;
      const shop = await shopAt(target, via === 'internet' ? 'internet' : 'network');
      const measured = await timed(() => getPage(shop, task));
      return { task: 'http', ...begun, region: target, path, via, ...measured };
    }
    case 'preview': {
      const { path } = task;
      const preview = await wayToPreview(dependencies, region, namespace);
      const measured = await timed(() => getPreview(preview, task));
      return { task: 'preview', ...begun, path, ...measured };
    }
    case 'order': {
      const shop = await shopAt(region);
      return { task: 'order', ...begun, ...(await timed(() => placeOrder(shop, task, region))) };
    }
    case 'order-exists': {
      const shop = await shopAt(region);
      const { orderId } = task;
      return { task: 'order-exists', ...begun, orderId, ...(await timed(() => findOrder(shop, task))) };
    }
  }
}

async function timed<T extends object>(attempt: () => Promise<T>): Promise<T & { ms: number }> {
  const startedAt = performance.now();
  const outcome = await attempt();
  return { ...outcome, ms: Math.round((performance.now() - startedAt) * 10) / 10 };
}

/** An endpoint as AWS names it, reached as from inside the Region: through its link, past the security groups. */
async function connectTo(
  { links, databases, admits }: ProbeDependencies,
  from: string,
  { host, port, timeoutMs }: ConnectTask,
) {
  const database = databases.list().find(({ endpoint }) => endpoint.host === host && endpoint.port === port);
  if (!database) return { result: 'refused' as const, detail: 'no database has this endpoint' };
  if (!admits(database.resourceId, from)) {
    // A security group drops what it does not admit: nobody says no.
    await sleep(timeoutMs);
    return { result: 'timeout' as const, detail: `no answer within ${timeoutMs} ms` };
  }
  const address = await links.proxy(from, database.region, database.endpoint);
  return knock(address, timeoutMs);
}

/** Inside the cluster, so past no link. */
async function wayToPreview(
  { shops }: ProbeDependencies,
  region: string,
  namespace: string,
): Promise<Address> {
  const { sites, port } = await shops;
  const site = sites.find((candidate) => candidate.region === region && candidate.namespace === namespace);
  if (site) return { host: site.previewAddress, port };
  throw new Error(`There is no Service app-preview in ${namespace} of ${region}.`);
}

async function wayToShop(
  { links, shops }: ProbeDependencies,
  { from, to, namespace, channel }: { from: string; to: string; namespace: string; channel?: Channel },
): Promise<Address> {
  const { sites, port } = await shops;
  const own = sites.find((site) => site.namespace === namespace);
  const site = sites.find(
    (candidate) => candidate.region === to && candidate.environment === (own ?? sites[0])?.environment,
  );
  if (!site) {
    const known = sites.map(({ region, environment }) => `${environment} in ${region}`).join(', ');
    throw new Error(`There is no such shop in ${to}. There is ${known}.`);
  }
  return links.proxy(from, to, { host: site.address, port }, { channel });
}
