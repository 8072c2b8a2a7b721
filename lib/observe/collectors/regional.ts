import {
  expectedEverySeconds,
  type ObservationKind,
  type ObservationValues,
} from '#lib/domain/observation/kinds.ts';
import { type CollectContext, type Collector, regionOf } from '../collector.ts';
import type { SamplePoint } from '../store.ts';

/** A collector of one observation a Region, named after the Region where nothing else is said. */
export function regional<K extends ObservationKind>(given: {
  service: string;
  kind: K;
  name?: string;
  read: (context: CollectContext) => Promise<ObservationValues[K]>;
  /** What of it is kept as series. */
  samples?: (context: CollectContext, value: ObservationValues[K]) => SamplePoint[];
}): Collector {
  const { service, kind, read, samples = () => [] } = given;
  const name = (context: CollectContext) => given.name ?? regionOf(context).code;
  return {
    service,
    covers: (context) => [{ kind, name: name(context) }],
    everySeconds: (period) => expectedEverySeconds(kind, period),
    async collect(context) {
      const value = await read(context);
      return { seen: [{ kind, name: name(context), value }], samples: samples(context, value) };
    },
  };
}
