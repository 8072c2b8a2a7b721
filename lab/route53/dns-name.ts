const MAX_NAME_OCTETS = 255;
const MAX_LABEL_OCTETS = 63;
const PLAIN = /[a-z0-9_-]/;

/**
 * The one form in which names are compared and stored: lower case, absolute, every character outside a–z 0–9 - _
 * as the `\ooo` escape that Route 53 shows (`*` is `\052`). Undefined when the text is no domain name.
 */
export function canonicalName(text: string): string | undefined {
  if (text === '' || text === '.') return '.';
  const labels = text.replace(/\.$/, '').split('.').map(canonicalLabel);
  const octets = labels.reduce((sum, label) => sum + (label?.octets ?? 0) + 1, 1);
  if (octets > MAX_NAME_OCTETS || labels.includes(undefined)) return undefined;
  return `${labels.map((label) => label?.text).join('.')}.`;
}

function canonicalLabel(label: string): { text: string; octets: number } | undefined {
  if (/\\(?![0-3][0-7]{2})/.test(label)) return undefined;
  const octets = [...unescaped(Buffer.from(label, 'utf8').toString('latin1')).replace(/[A-Z]/g, lower)];
  if (octets.length === 0 || octets.length > MAX_LABEL_OCTETS) return undefined;
  return { text: octets.map(escaped).join(''), octets: octets.length };
}

function lower(letter: string): string {
  return letter.toLowerCase();
}

function unescaped(label: string): string {
  return label.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

function escaped(character: string): string {
  return PLAIN.test(character) ? character : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** Whether a canonical name is the zone's own or below it. */
export function isWithin(name: string, zoneName: string): boolean {
  return name === zoneName || name.endsWith(`.${zoneName}`);
}

/** `www.example.com.` → `example.com.`; the root's parent is the root. */
export function parentName(name: string): string {
  return name.slice(name.indexOf('.') + 1) || '.';
}

/** `www.example.com.` → `com.example.www.`: the order in which Route 53 lists names (ListResourceRecordSets, "Sort order"). */
export function reversedLabels(name: string): string {
  return `${name.replace(/\.$/, '').split('.').reverse().join('.')}.`;
}
