import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CoreV1Api, KubeConfig, Watch } from '@kubernetes/client-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PullCheck } from '#lab/kubernetes/kubelet/images.ts';
import { type ClusterLab, startClusterLab } from './support/clusters.ts';

let lab: ClusterLab | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

function client(running: ClusterLab, region: string) {
  const config = new KubeConfig();
  config.loadFromFile(running.clusters.kubeconfigPath);
  config.setCurrentContext(region);
  return config.makeApiClient(CoreV1Api);
}

/** `answered`, the error's code, or `silent` when nothing has come within 300 ms. */
async function outcome(call: Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('silent'), 300);
  });
  const answer = call.then(
    () => 'answered',
    (error: unknown) => JSON.stringify(error, ['code', 'errno', 'cause', 'message']) + String(error),
  );
  const first = await Promise.race([answer, silence]);
  clearTimeout(timer);
  return first;
}

describe('a Region’s outage', () => {
  it.each([
    ['drop', /ECONNRESET|socket hang up|disconnected/],
    ['refuse', /ECONNREFUSED/],
    ['hang', /silent/],
  ] as const)('%s: its API is gone, the others answer, and it returns as it was', async (mode, seen) => {
    lab = await startClusterLab({ timeScale: 600 });
    const { items: before } = await client(lab, 'eu-west-1').listNamespacedPod({ namespace: 'shop' });
    await lab.ctx.chaos.change({ outages: { 'eu-west-1': mode } });
    expect(await outcome(client(lab, 'eu-west-1').listNode())).toMatch(seen);
    expect(await outcome(client(lab, 'us-east-1').listNode())).toBe('answered');
    await lab.ctx.chaos.heal();
    const { items: after } = await client(lab, 'eu-west-1').listNamespacedPod({ namespace: 'shop' });
    expect(after.map(({ metadata }) => metadata?.uid)).toEqual(before.map(({ metadata }) => metadata?.uid));
  });
});

describe('a watch', () => {
  it.each(['drop', 'hang'] as const)(
    '%s: hears nothing of the outage’s time and is broken off, at the latest by its end',
    async (mode) => {
      const running = await startClusterLab({ timeScale: 600 });
      lab = running;
      const config = new KubeConfig();
      config.loadFromFile(running.clusters.kubeconfigPath);
      config.setCurrentContext('eu-west-1');
      const seen: string[] = [];
      let broken = false;
      await new Watch(config).watch(
        '/api/v1/nodes',
        {},
        (type: string, node: { metadata: { name: string } }) => seen.push(`${type} ${node.metadata.name}`),
        () => {
          broken = true;
        },
      );
      await vi.waitFor(() => expect(seen).toHaveLength(12));
      await running.ctx.chaos.change({ outages: { 'eu-west-1': mode } });
      const pool = running.clusters.region('eu-west-1')?.nodes;
      pool?.remove(pool.list()[0]?.name ?? '');
      expect(await outcome(client(running, 'eu-west-1').listNode())).not.toBe('answered');
      if (mode === 'drop') await vi.waitFor(() => expect(broken).toBe(true));
      else expect(broken).toBe(false);
      await running.ctx.chaos.heal();
      await vi.waitFor(() => expect(broken).toBe(true));
      expect(seen).toHaveLength(12);
    },
  );
});

describe('state', () => {
  it('of a lab whose images no registry has any more begins anew: its pods could never start again', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-clusters-'));
    const start = async (canPull: PullCheck) => {
      const running = await startClusterLab({ timeScale: 600, dataDir, dependencies: { canPull } });
      const { items } = await client(running, 'us-east-1').listNamespacedPod({ namespace: 'shop' });
      return { running, pod: items[0]?.metadata?.uid };
    };
    const first = await start(() => undefined);
    await first.running.close({ keep: true });
    const other = await start((image) => (image.startsWith('ecommerce/other') ? 'not found' : undefined));
    expect(other.pod).toBe(first.pod);
    await other.running.close({ keep: true });
    let asked = 0;
    const later = await start(() => {
      asked += 1;
      return asked === 1 ? 'not found' : undefined;
    });
    expect(later.pod).toBeDefined();
    expect(later.pod).not.toBe(first.pod);
    expect(later.running.clusters.region('us-east-1')?.pods('shop')).toHaveLength(10);
    await expect(later.running.close()).rejects.toThrow('begins anew');
  });

  it('survives a restart at the same addresses, and goes back to the start at reset', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-clusters-'));
    lab = await startClusterLab({ timeScale: 600, dataDir });
    const [first] = (await client(lab, 'us-east-1').listNamespacedPod({ namespace: 'shop' })).items;
    await client(lab, 'us-east-1').createNamespacedConfigMap({
      namespace: 'shop',
      body: { metadata: { name: 'mine' }, data: { kept: 'yes' } },
    });
    const old = client(lab, 'us-east-1');
    await lab.close({ keep: true });

    lab = await startClusterLab({ timeScale: 600, dataDir });
    const kept = await old.readNamespacedConfigMap({ name: 'mine', namespace: 'shop' });
    expect(kept.data).toEqual({ kept: 'yes' });
    const pod = await old.readNamespacedPod({ name: first?.metadata?.name ?? '', namespace: 'shop' });
    expect(pod.metadata?.uid).toBe(first?.metadata?.uid);

    const startedAt = performance.now();
    await lab.reset();
    expect(performance.now() - startedAt).toBeLessThan(3000);
    const { items } = await old.listNamespacedConfigMap({ namespace: 'shop' });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['shop-config']);
    expect(lab.clusters.region('us-east-1')?.pods('shop')).toHaveLength(10);
    expect(Number(items[0]?.metadata?.resourceVersion)).toBeGreaterThan(
      Number(kept.metadata?.resourceVersion),
    );
  });
});
