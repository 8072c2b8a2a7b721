const NAMES: Readonly<Record<string, string>> = {
  'recovery.fence-database': 'Database shut: deny-all security group, sessions dropped',
  'recovery.freeze-writes': 'Orders frozen there',
  'recovery.point-writer': 'Its orders sent to the new writer',
};

/** What a means of the fence watch is called. */
export function fenceMeansName(action: string): string {
  return NAMES[action] ?? action;
}
