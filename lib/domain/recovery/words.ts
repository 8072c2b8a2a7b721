/** "us-east-1", "us-east-1 and eu-west-1", "a, b and c". */
export function listOf(items: readonly string[], word: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`;
}

/** As `listOf`, of many the first alone: "a, b and 398 more". Never "1 more": its name is as short. */
export function someOf(items: readonly string[], most: number): string {
  if (items.length <= most + 1) return listOf(items);
  return listOf([...items.slice(0, most), `${items.length - most} more`]);
}

/** "1 node", "3 nodes". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** "0.4 s", "45 s", "2 min 30 s", "3 h 5 min". */
export function durationWords(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3_600) return twoParts(whole, 60, 'min', 's');
  if (whole < 48 * 3_600) return twoParts(Math.round(whole / 60), 60, 'h', 'min');
  return `${Math.round(whole / 86_400)} days`;
}

function twoParts(amount: number, base: number, large: string, small: string): string {
  const rest = amount % base;
  return rest === 0
    ? `${Math.floor(amount / base)} ${large}`
    : `${Math.floor(amount / base)} ${large} ${rest} ${small}`;
}

/** As a clock shows it: "0:42", "12:05", "1:02:05". Never negative. */
export function clockWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "512 B", "24 KB", "1.3 MB": thousands, as CloudWatch's console shows them. */
export function byteWords(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1_000 && unit < units.length - 1) {
    amount /= 1_000;
    unit += 1;
  }
  return `${Number(amount.toFixed(amount < 10 && unit > 0 ? 1 : 0))} ${units[unit]}`;
}

/** "37.5 %" of 0.375. */
export function shareWords(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

/** The sentence with its full stop, once. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** With a capital letter: for words, never for the name of a resource. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
