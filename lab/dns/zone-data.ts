import { isWithin, parentName } from '#lab/route53/dns-name.ts';
import type { RecordSet, RecordType } from '#lab/route53/record-set.ts';

/** A zone as the name servers hold it: what has been published, not what the API was last told. */
export interface ZoneData {
  id: string;
  /** Canonical. */
  name: string;
  records(name: string, type: RecordType): readonly RecordSet[];
  /** The owner name whose records answer for `name`: itself (if only because something lies below it), the wildcard that covers it, or undefined when there is none. */
  owner(name: string): string | undefined;
  /** Types that exist at an owner name, in alphabetical order. */
  types(owner: string): RecordType[];
}

const WILDCARD_LABEL = '\\052';

/** An index of the zone's records by name and type. */
export function indexZone(zone: { id: string; name: string; records: readonly RecordSet[] }): ZoneData {
  const byName = new Map<string, Map<RecordType, RecordSet[]>>();
  const existing = new Set<string>([zone.name]);
  for (const record of zone.records) {
    const types = byName.get(record.name) ?? new Map<RecordType, RecordSet[]>();
    byName.set(record.name, types);
    types.set(record.type, [...(types.get(record.type) ?? []), record]);
    for (let name = record.name; isWithin(name, zone.name) && !existing.has(name); name = parentName(name))
      existing.add(name);
  }

  /** RFC 4592: only the wildcard right below the closest existing ancestor applies. */
  function wildcardFor(name: string): string | undefined {
    let ancestor = parentName(name);
    while (isWithin(ancestor, zone.name) && !existing.has(ancestor)) ancestor = parentName(ancestor);
    const wildcard = `${WILDCARD_LABEL}.${ancestor}`;
    return byName.has(wildcard) ? wildcard : undefined;
  }

  return {
    id: zone.id,
    name: zone.name,
    records: (name, type) => byName.get(name)?.get(type) ?? [],
    owner: (name) => (existing.has(name) ? name : wildcardFor(name)),
    types: (owner) => [...(byName.get(owner)?.keys() ?? [])].sort(),
  };
}
