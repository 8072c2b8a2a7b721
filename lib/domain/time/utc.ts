/** "2026-11-23 11:00 UTC", of a moment in ISO 8601. Pages show it in the reader’s zone, wherever it stands in a sentence. */
export function utcMinute(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}

/** "2026-11-23 11:00:05 UTC": as above, where seconds matter. */
export function utcSecond(instant: string): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}

/** "11:00 UTC", where there is no room for the day. */
export function utcClock(instant: string): string {
  return `${instant.slice(11, 16)}\u00a0UTC`;
}
