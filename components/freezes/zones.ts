/** A moment on a zone's clock. */
interface LocalTime {
  /** "2026-11-27" */
  date: string;
  /** "22:00" */
  time: string;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** Made once a zone: making one takes longer than a month of days. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  FORMATS.set(zone, made);
  return made;
}

/** What the zone's clock reads at that moment. Throws a RangeError for a zone that is none. */
export function localTime(atMs: number, zone: string): LocalTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  return { date: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}` };
}

/**
 * The moment at which the zone's clock reads that local time, "2026-11-27T22:00": the first where it does so twice, and as
 * much later as the clocks leap where it never does. Null for what is no time or no zone.
 */
export function instantIn(zone: string, local: string): string | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) || !isKnownZone(zone)) return null;
  const wall = Date.parse(`${local}:00Z`);
  if (Number.isNaN(wall)) return null;
  const offsets = [wall - DAY_MS, wall + DAY_MS].map((near) => offsetAt(near, zone));
  const found = offsets.map((offset) => wall - offset).filter((at) => at + offsetAt(at, zone) === wall);
  const at = found.length > 0 ? Math.min(...found) : wall - Math.min(...offsets);
  return new Date(at).toISOString();
}

const DAY_MS = 86_400_000;

/** How far the zone's clock is ahead of UTC at that moment, ms; clocks have whole minutes. */
function offsetAt(atMs: number, zone: string): number {
  const { date, time } = localTime(atMs, zone);
  return Date.parse(`${date}T${time}:00Z`) - Math.floor(atMs / 60_000) * 60_000;
}

export function isKnownZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return formatOf(zone) !== undefined;
  } catch {
    return false;
  }
}

/** The reader's own. */
export function readersZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** "Fri 27 Nov, 22:00" on the zone's clock. */
export function localWords(at: string, zone: string): string {
  return new Date(at).toLocaleString('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}
