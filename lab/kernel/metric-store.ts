import type { Clock } from './clock.ts';
import {
  createDistributionBuilder,
  type Distribution,
  type DistributionBuilder,
  percentile,
} from './histogram.ts';
import type { MetricId, MetricStore, MetricUnit } from './metrics.ts';

const BUCKET_MS = 5000;
const KEPT_MS = 2 * 3600_000;
/** CloudWatch takes values up to two hours ahead. */
const AHEAD_MS = 2 * 3600_000;
/** Beyond this many streams the one silent for longest is forgotten. */
const MOST_STREAMS = 20_000;

interface Stream {
  id: MetricId;
  unit: MetricUnit;
  /** The bucket being filled; older ones are packed. */
  open: { at: number; builder: DistributionBuilder } | undefined;
  packed: Map<number, Distribution>;
}

/** Values of the last two hours in buckets of 5 seconds, each a distribution. A period shorter than a bucket is read as one bucket. */
export function createMetricStore(clock: Clock): MetricStore {
  /** In order of their latest value, the most silent first. */
  const streams = new Map<string, Stream>();

  function streamOf(id: MetricId, unit: MetricUnit): Stream {
    const key = keyOf(id);
    const stream = streams.get(key) ?? {
      id: { ...id, dimensions: { ...id.dimensions } },
      unit,
      open: undefined,
      packed: new Map(),
    };
    streams.delete(key);
    streams.set(key, stream);
    const [silent] = streams.keys();
    if (streams.size > MOST_STREAMS && silent !== undefined) streams.delete(silent);
    return stream;
  }

  function pack(stream: Stream): void {
    if (stream.open) stream.packed.set(stream.open.at, stream.open.builder.build());
    stream.open = undefined;
  }

  function forget(stream: Stream): void {
    const oldest = clock.now() - KEPT_MS;
    for (const at of stream.packed.keys()) {
      if (at >= oldest) break;
      stream.packed.delete(at);
    }
  }

  function openAt(stream: Stream, at: number): DistributionBuilder {
    if (stream.open?.at === at) return stream.open.builder;
    pack(stream);
    forget(stream);
    const builder = createDistributionBuilder();
    const earlier = stream.packed.get(at);
    if (earlier) builder.merge(earlier);
    stream.open = { at, builder };
    return builder;
  }

  return {
    record(id, unit, value, options = {}) {
      const now = clock.now();
      const atMs = options.atMs ?? now;
      if (!Number.isFinite(value) || atMs < now - KEPT_MS || atMs > now + AHEAD_MS) return;
      openAt(streamOf(id, unit), Math.floor(atMs / BUCKET_MS) * BUCKET_MS).add(value, options.count ?? 1);
    },
    list(region, namespace) {
      return [...streams.values()]
        .map((stream) => stream.id)
        .filter((id) => id.region === region && (namespace === undefined || id.namespace === namespace));
    },
    unit: (id) => streams.get(keyOf(id))?.unit,
    query(id, stat, periodSeconds, startMs, endMs) {
      const stream = streams.get(keyOf(id));
      if (!stream) return [];
      const periodMs = Math.max(BUCKET_MS, periodSeconds * 1000);
      const from = Math.max(startMs, clock.now() - KEPT_MS);
      const to = Math.min(endMs, clock.now() + AHEAD_MS);
      const points: { atMs: number; value: number }[] = [];
      for (let atMs = Math.floor(from / periodMs) * periodMs; atMs < to; atMs += periodMs) {
        if (atMs < startMs) continue;
        const distribution = bucketsWithin(stream, atMs, atMs + periodMs);
        if (distribution) points.push({ atMs, value: statistic(distribution, stat) });
      }
      return points;
    },
    clear: () => streams.clear(),
  };
}

function bucketsWithin(stream: Stream, fromMs: number, toMs: number): Distribution | undefined {
  const found: Distribution[] = [];
  for (let at = Math.ceil(fromMs / BUCKET_MS) * BUCKET_MS; at < toMs; at += BUCKET_MS) {
    const bucket = stream.open?.at === at ? stream.open.builder.build() : stream.packed.get(at);
    if (bucket) found.push(bucket);
  }
  if (found.length < 2) return found[0];
  const builder = createDistributionBuilder();
  for (const bucket of found) builder.merge(bucket);
  return builder.build();
}

function statistic(distribution: Distribution, stat: string): number {
  switch (stat) {
    case 'Sum':
      return distribution.sum;
    case 'Average':
      return distribution.sum / distribution.count;
    case 'Minimum':
      return distribution.minimum;
    case 'Maximum':
      return distribution.maximum;
    case 'SampleCount':
      return distribution.count;
  }
  const percent = /^p(\d{1,3}(?:\.\d{1,10})?)$/.exec(stat)?.[1];
  if (percent === undefined || Number(percent) > 100)
    throw new Error(`The metric store has no statistic ${stat}.`);
  return percentile(distribution, Number(percent));
}

function keyOf(id: MetricId): string {
  const dimensions = Object.entries(id.dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([id.region, id.namespace, id.name, dimensions]);
}
