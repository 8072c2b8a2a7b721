import { AwsFault } from '#lab/wire/service.ts';

export interface Filter {
  Name?: string;
  Values?: string[];
}

/** Keeps what every filter allows. Throws InvalidParameterValue for a filter the operation does not know. */
export function applyFilters<Item>(
  items: Item[],
  filters: Filter[] | undefined,
  known: Record<string, (item: Item, value: string) => boolean>,
): Item[] {
  return (filters ?? []).reduce((kept, { Name = '', Values = [] }) => {
    const matches = Object.hasOwn(known, Name) ? known[Name] : undefined;
    if (!matches) throw new AwsFault('InvalidParameterValue', `Unrecognized filter name: ${Name}`);
    if (Values.length === 0) {
      throw new AwsFault('InvalidParameterCombination', `The filter ${Name} needs at least one value.`);
    }
    return kept.filter((item) => Values.some((value) => matches(item, value)));
  }, items);
}
