import type { RegionState } from '#lib/services/regions/state.ts';

interface Clock {
  time: Intl.DateTimeFormat;
  day: Intl.DateTimeFormat;
}

const clocks = new Map<string, Clock>();

/** Made once a time zone: making the two for thirty Regions takes longer than drawing them. */
function clockOf(timeZone: string): Clock {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = {
    time: new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }),
    day: new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short' }),
  };
  clocks.set(timeZone, made);
  return made;
}

/** The Region's own time and who is awake there (aws-facts C-27). */
export function onCall(
  support: RegionState['region']['support'],
  now: Date,
): { localTime: string; hours: string; awake: boolean } {
  const clock = clockOf(support.timeZone);
  const localTime = clock.time.format(now);
  if (support.hours === '24/7') return { localTime, hours: '24/7', awake: true };
  const day = clock.day.format(now);
  const awake = localTime >= support.from && localTime < support.to && day !== 'Sat' && day !== 'Sun';
  return { localTime, hours: awake ? `to ${support.to}` : `from ${support.from}`, awake };
}
