const WEEKDAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
const FREQUENCIES = ['HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

type PartProblem = (value: string) => string | null;

/** Parts of a rule that a freeze may have (RFC 5545, section 3.3.10), and what is wrong with a value. */
const PARTS: Readonly<Record<string, PartProblem>> = {
  FREQ: (value) => {
    if (value === 'SECONDLY' || value === 'MINUTELY') return 'recurs more often than hourly';
    return FREQUENCIES.includes(value) ? null : `FREQ is one of ${FREQUENCIES.join(', ')}`;
  },
  INTERVAL: (value) => within('INTERVAL', value, 1, 999),
  COUNT: (value) => within('COUNT', value, 1, 1_000),
  BYHOUR: (value) => each('BYHOUR', value, 0, 23),
  BYMINUTE: (value) =>
    value.includes(',') ? 'recurs more often than hourly' : within('BYMINUTE', value, 0, 59),
  BYDAY: (value) =>
    new RegExp(`^(?:[+-]?[1-9]\\d?)?${WEEKDAY}(?:,(?:[+-]?[1-9]\\d?)?${WEEKDAY})*$`).test(value)
      ? null
      : 'BYDAY is a list such as MO,FR or -1FR',
  BYMONTH: (value) => each('BYMONTH', value, 1, 12),
  BYMONTHDAY: (value) => each('BYMONTHDAY', value, 1, 31, 'signed'),
  BYYEARDAY: (value) => each('BYYEARDAY', value, 1, 366, 'signed'),
  BYWEEKNO: (value) => each('BYWEEKNO', value, 1, 53, 'signed'),
  BYSETPOS: (value) => each('BYSETPOS', value, 1, 366, 'signed'),
  WKST: (value) => (new RegExp(`^${WEEKDAY}$`).test(value) ? null : 'WKST is a day such as MO'),
  UNTIL: () => 'UNTIL stands in the field of its own, as a moment',
  BYSECOND: () => 'BYSECOND is not supported: a freeze begins on a whole minute',
};

/** What is wrong with the text of a rule, or null; whether it ever occurs is another question. */
export function ruleProblem(text: string): string | null {
  const parts = text
    .replace(/^RRULE:/i, '')
    .toUpperCase()
    .split(';')
    .map((part) => part.split('='));
  const seen = new Set<string>();
  for (const [name = '', value, ...more] of parts) {
    if (value === undefined || value === '' || more.length > 0)
      return 'is not a rule such as FREQ=WEEKLY;BYDAY=FR';
    if (!Object.hasOwn(PARTS, name)) return `has a part ${name.slice(0, 20)} that is not known here`;
    if (seen.has(name)) return `says ${name} twice`;
    seen.add(name);
    const wrong = PARTS[name]?.(value) ?? null;
    if (wrong !== null) return wrong;
  }
  return seen.has('FREQ') ? null : 'says no FREQ';
}

function within(name: string, value: string, least: number, most: number): string | null {
  const number = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? null : `${name} is a number from ${least} to ${most}`;
}

function each(name: string, list: string, least: number, most: number, sign?: 'signed'): string | null {
  const plain = list.split(',').map((value) => (sign ? value.replace(/^[+-]/, '') : value));
  return plain.some((value) => within(name, value, least, most) !== null)
    ? `${name} is a list of numbers from ${least} to ${most}${sign ? ', or negative to count from the end' : ''}`
    : null;
}
