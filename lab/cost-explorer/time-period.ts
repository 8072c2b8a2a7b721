import type { DateInterval, Granularity } from '@aws-sdk/client-cost-explorer';
import { type Day, dayOf, isDay, type Period } from './days.ts';
import { refused } from './dimensions.ts';

const OLDEST_DAYS = 14 * 31;

/** Start inclusive, end exclusive, both days in UTC, at most 14 months ago. */
export function readTimePeriod(interval: DateInterval | undefined, nowMs: number): Period {
  const start = readDay('Start', interval?.Start);
  const end = readDay('End', interval?.End);
  if (start >= end) throw refused('Start date (and hour) should be before end date (and hour)');
  if (start < dayOf(nowMs - OLDEST_DAYS * 86_400_000)) {
    throw refused("You haven't enabled historical data beyond 14 months; choose a later start date.");
  }
  return { start, end };
}

function readDay(name: string, text: string | undefined): Day {
  if (!isDay(text))
    throw refused(`TimePeriod.${name} "${(text ?? '').slice(0, 40)}" is not a day written YYYY-MM-DD.`);
  return text;
}

export function readGranularity(granularity: Granularity | undefined): 'DAILY' | 'MONTHLY' {
  if (granularity === 'DAILY' || granularity === 'MONTHLY') return granularity;
  if (granularity === 'HOURLY') throw refused('Hourly data granularity is not enabled for this account.');
  throw refused(`Granularity "${granularity ?? ''}" is not DAILY or MONTHLY.`);
}
