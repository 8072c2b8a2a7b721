import type { Region } from '../estate/estate.ts';

export interface Duty {
  awake: boolean;
  /** "03:12", by the Region's own clock. */
  localTime: string;
  /** "24/7", "until 18:00", "from 09:00", "from 09:00 on Monday". */
  hours: string;
}

const clocks = new Map<string, { time: Intl.DateTimeFormat; day: Intl.DateTimeFormat }>();

/** Making a format is slow, and there are few time zones. */
function clockOf(timeZone: string) {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = {
    time: new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hour12: false }),
    day: new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long' }),
  };
  clocks.set(timeZone, made);
  return made;
}

const WEEKEND: ReadonlySet<string> = new Set(['Saturday', 'Sunday']);

/** Whether the Region's own people are on duty now (aws-facts C-27: EU and AP have business hours only). */
export function dutyOf({ support }: Pick<Region, 'support'>, now: Date): Duty {
  const { time, day } = clockOf(support.timeZone);
  const localTime = time.format(now);
  if (support.hours === '24/7') return { awake: true, localTime, hours: '24/7' };
  const today = day.format(now);
  const working = !WEEKEND.has(today);
  if (working && localTime >= support.from && localTime < support.to)
    return { awake: true, localTime, hours: `until ${support.to}` };
  const later = working && localTime < support.from;
  const monday = !working || today === 'Friday';
  return { awake: false, localTime, hours: `from ${support.from}${!later && monday ? ' on Monday' : ''}` };
}
