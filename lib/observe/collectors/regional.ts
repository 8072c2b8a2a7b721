import {
  expectedEverySeconds,
  type ObservationKind,
  type ObservationValues,
} from '#lib/domain/observation/kinds.ts';
import { type CollectContext, type Collector, regionOf } from '../collector.ts';

/** A collector of one observation a Region, named after the Region where nothing else is said. */
export function regional<K extends ObservationKind>(given: {
  service: string;
  kind: K;
  name?: string;
  read: (context: CollectContext) => Promise<ObservationValues[K]>;
}): Collector {
  const { service, kind, read } = given;
  const name = (context: CollectContext) => given.name ?? regionOf(context).code;
  return {
    service,
    covers: (context) => [{ kind, name: name(context) }],
    everySeconds: (period) => expectedEverySeconds(kind, period),
    collect: async (context) => ({ seen: [{ kind, name: name(context), value: await read(context) }] }),
  };
}
