import http from 'node:http';
import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { createShops, type Shops } from '#lab/shop/index.ts';
import type { ServingPod, ShopCluster, ShopDependencies } from '#lab/shop/types.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { startDatabases, type TestLab } from './databases.ts';

/** A cluster whose nodes, pods and ConfigMap a test sets by hand. */
export interface TestCluster extends ShopCluster {
  nodes: number;
  ready: ServingPod[];
  unready: number;
  preview: ServingPod[];
  config: Record<string, string>;
}

function createTestCluster(region: string, version = '1.0.0'): TestCluster {
  const cluster: TestCluster = {
    nodes: 20,
    ready: [1, 2].map((index) => ({ name: `app-${region}-${index}`, version })),
    unready: 0,
    preview: [],
    config: {},
    readyNodes: () => cluster.nodes,
    totalNodes: () => cluster.nodes,
    pods: () => cluster.ready,
    previewPods: () => cluster.preview,
    unreadyPods: () => cluster.unready,
    settings: () => cluster.config,
  };
  return cluster;
}

export interface ShopLab extends TestLab {
  shops: Shops;
  clusters: Map<string, TestCluster>;
  cluster(region: string): TestCluster;
}

/** Real databases, links and shops of the three Regions; pods as the test says; no modelled service time. */
export async function startShops(
  options: Partial<Pick<ShopDependencies, 'serviceTime'>> & { estate?: Estate } = {},
): Promise<ShopLab> {
  const lab = await startDatabases({ estate: options.estate });
  const clusters = new Map(lab.ctx.estate.regions.map(({ code }) => [code, createTestCluster(code)]));
  let started: { shops: Shops; part: LabPart };
  try {
    started = await createShops(lab.ctx, {
      cluster: (region) => clusters.get(region),
      databases: lab.databases,
      links: lab.links,
      serviceTime: options.serviceTime ?? (() => 1),
      targetHealthEveryMs: 50,
    });
  } catch (error) {
    await lab.stop();
    lab.remove();
    throw error;
  }
  return {
    ...lab,
    clusters,
    shops: started.shops,
    cluster(region) {
      const found = clusters.get(region);
      if (!found) throw new Error(`No cluster in ${region}`);
      return found;
    },
    async stop() {
      await started.part.close();
      await lab.stop();
    },
  };
}

export interface ShopAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  ms: number;
}

/** One request on a connection of its own; rejects when the connection fails or nothing comes within `timeoutMs`. */
export function ask(
  url: string,
  options: {
    order?: unknown;
    body?: string;
    method?: string;
    headers?: Record<string, string>;
    timeoutMs?: number;
  } = {},
): Promise<ShopAnswer> {
  const startedAt = performance.now();
  const body = options.body ?? (options.order === undefined ? undefined : JSON.stringify(options.order));
  return new Promise((resolve, reject) => {
    const request = http.request(url, {
      agent: false,
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: options.headers,
      signal: AbortSignal.timeout(options.timeoutMs ?? 6_000),
    });
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
          ms: performance.now() - startedAt,
        }),
      );
    });
    request.end(body);
  });
}

/** The sum of a metric over everything recorded so far; 0 when nothing was. */
export function sumOf(
  ctx: LabContext,
  id: { region: string; namespace: string; name: string; dimensions: Record<string, string> },
): number {
  const now = Date.now();
  return ctx.metrics
    .query(id, 'Sum', 60, now - 600_000, now + 60_000)
    .reduce((sum, point) => sum + point.value, 0);
}
