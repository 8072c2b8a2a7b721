import type { LabContext, LabPart } from '#lab/kernel/context.ts';
import { doorConditions, pathConditions } from './conditions.ts';
import { roundTripMs } from './distance.ts';
import { createProxyHost } from './proxy-host.ts';
import type { Address, Channel, Conditions, Door, Links, PathOracle } from './types.ts';

export type { Address, Channel, Door, Links, PathOracle } from './types.ts';

interface Entry {
  id: number;
  address: Address;
  target: Address;
  conditions: () => Conditions;
}

/**
 * Starts the links' process. Paths follow chaos and the network at once: when `chaos.change` resolves, every proxy
 * already obeys.
 */
export async function createLinks(ctx: LabContext, network: PathOracle): Promise<Links & LabPart> {
  const host = createProxyHost(ctx);
  const entries = new Map<number, Entry>();
  const paths = new Map<string, Promise<Entry>>();

  async function listen(target: Address, conditions: () => Conditions, port = 0): Promise<Entry> {
    const { id, port: bound } = await host.listen(target, conditions(), port);
    const entry = { id, address: { host: '127.0.0.1', port: bound }, target, conditions };
    entries.set(id, entry);
    // A fault may have come while the port was being opened.
    await host.apply(id, conditions());
    return entry;
  }

  async function stop(entry: Entry) {
    entries.delete(entry.id);
    await host.stop(entry.id);
  }

  async function applyAll() {
    await Promise.all([...entries.values()].map((entry) => host.apply(entry.id, entry.conditions())));
  }

  function openPath(from: string, to: string, target: Address, channel: Channel): Promise<Entry> {
    const rtt = roundTripMs(ctx.estate, from, to);
    const routed = () => channel !== 'network' || network.reachable(from, to);
    return listen(target, () => pathConditions(ctx.chaos, { from, to, roundTripMs: rtt, routed: routed() }));
  }

  ctx.chaos.onChange(applyAll);
  network.onChange(() => {
    applyAll().catch((error) =>
      ctx.log('links', 'could not apply a network change', { error: String(error) }),
    );
  });

  return {
    async proxy(from, to, target, { channel = 'network' } = {}) {
      if (from === to) return target;
      const key = `${from}>${to} ${channel} ${target.host}:${target.port}`;
      let path = paths.get(key);
      if (!path) {
        path = openPath(from, to, target, channel);
        paths.set(key, path);
        path.catch(() => paths.delete(key));
      }
      return (await path).address;
    },
    async door(region, target, { port = 0, open = true } = {}) {
      const state = { open };
      const entry = await listen(target, () => doorConditions(ctx.chaos, region, state.open), port);
      return {
        ...entry.address,
        async setOpen(next) {
          state.open = next;
          await host.apply(entry.id, entry.conditions());
        },
        close: () => stop(entry),
      } satisfies Door;
    },
    async forget(target) {
      const towards = `${target.host}:${target.port}`;
      const closing = [...paths].filter(([key]) => key.endsWith(` ${towards}`));
      for (const [key] of closing) paths.delete(key);
      await Promise.all(closing.map(async ([, path]) => stop(await path)));
    },
    close: () => host.close(),
  };
}
