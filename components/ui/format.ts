/** No-break space between a number and its unit. */
export const NBSP = '\u00a0';
const MINUS = '\u2212';
export const EMPTY = '–';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const FORMATS = new Map<number, Intl.NumberFormat>();

/** Made once: making one takes longer than a row of a table. */
function formatOf(digits: number): Intl.NumberFormat {
  const known = FORMATS.get(digits);
  if (known) return known;
  const made = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  FORMATS.set(digits, made);
  return made;
}

/** Fixed locale: server and browser must write the same text. */
export function formatNumber(value: number, digits = 0): string {
  const text = formatOf(digits).format(Math.abs(value));
  return value < 0 && Number(text.replaceAll(',', '')) !== 0 ? `${MINUS}${text}` : text;
}

/** "+0.2", "−0.3", "0.0". */
export function formatSigned(value: number, digits = 0): string {
  const text = formatNumber(value, digits);
  return value > 0 && Number(text.replaceAll(',', '')) !== 0 ? `+${text}` : text;
}

/** A fraction as a percentage number without its sign: 0.452 → "45.2". */
export function formatShare(fraction: number, digits = 1): string {
  return formatNumber(fraction * 100, digits);
}

/** m:ss under an hour, h:mm:ss from there. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor((whole % HOUR) / MINUTE);
  const rest = two(whole % MINUTE);
  return whole < HOUR ? `${minutes}:${rest}` : `${Math.floor(whole / HOUR)}:${two(minutes)}:${rest}`;
}

/** "4 s", "3:12 min", "52 min", "2:41 h", "12 d". */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole}${NBSP}s`;
  if (whole >= 10 * MINUTE && whole < HOUR) return `${Math.floor(whole / MINUTE)}${NBSP}min`;
  if (whole < HOUR) return `${formatClock(whole)}${NBSP}min`;
  if (whole < 2 * DAY) return `${formatClock(Math.floor(whole / MINUTE))}${NBSP}h`;
  return `${Math.floor(whole / DAY)}${NBSP}d`;
}

/** US dollars, whole from 10 up, else with cents: "$23,900", "−$26", "$0.02". */
export function formatMoney(dollars: number, digits = Math.abs(dollars) >= 10 ? 0 : 2): string {
  const text = formatNumber(Math.abs(dollars), digits);
  return dollars < 0 && Number(text.replaceAll(',', '')) !== 0 ? `${MINUS}$${text}` : `$${text}`;
}

export function formatSignedMoney(dollars: number): string {
  const text = formatMoney(dollars);
  return dollars > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Decimal bytes: "41 KB", "1.2 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1000 && step < BYTE_UNITS.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${formatNumber(value, step === 0 || value >= 10 ? 0 : 1)}${NBSP}${BYTE_UNITS[step]}`;
}

/** Lag in seconds with as many digits as matter: "0.08", "6.2", "41". */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return formatNumber(seconds, 2);
  return formatNumber(seconds, seconds < 10 ? 1 : 0);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)}${NBSP}${count === 1 ? one : many}`;
}

const UTC_TIME = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZone: 'UTC',
});
const UTC_DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const UTC_FULL = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZone: 'UTC',
});

/** "09:41:07" */
export const formatUtcTime = (at: Date): string => UTC_TIME.format(at);
/** "23 Nov" */
export const formatUtcDay = (at: Date): string => UTC_DAY.format(at);
/** "23 Nov 2026, 09:41:07 UTC" */
export const formatUtcFull = (at: Date): string => `${UTC_FULL.format(at)} UTC`;
