import { AwsFault } from '#lab/wire/service.ts';

export interface PageRequest {
  Marker?: string;
  MaxRecords?: number;
}

const FEWEST = 20;
const MOST = 100;

/**
 * One page of a list in stable order. The marker names the last item given, so that items added or removed between
 * two pages neither repeat nor hide others.
 */
export function page<Item>(
  items: Item[],
  keyOf: (item: Item) => string,
  { Marker, MaxRecords = MOST }: PageRequest,
): { items: Item[]; marker: string | undefined } {
  if (!Number.isInteger(MaxRecords) || MaxRecords < FEWEST || MaxRecords > MOST) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Invalid value ${MaxRecords} for MaxRecords. Must be between ${FEWEST} and ${MOST}`,
    );
  }
  const sorted = items.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const after = Marker === undefined ? undefined : readMarker(Marker);
  const rest = after === undefined ? sorted : sorted.filter(({ key }) => key > after);
  const given = rest.slice(0, MaxRecords);
  const last = given.at(-1);
  return {
    items: given.map(({ item }) => item),
    marker: last && rest.length > given.length ? writeMarker(last.key) : undefined,
  };
}

const PREFIX = 'after:';

function writeMarker(key: string): string {
  return Buffer.from(PREFIX + key).toString('base64url');
}

function readMarker(marker: string): string {
  const text = Buffer.from(marker, 'base64url').toString();
  if (!text.startsWith(PREFIX) || Buffer.from(text).toString('base64url') !== marker) {
    throw new AwsFault(
      'InvalidParameterValue',
      `The marker "${marker.slice(0, 64)}" was not given by this operation.`,
    );
  }
  return text.slice(PREFIX.length);
}
