import type { Check } from './model.ts';

type Acceptable = Pick<Check, 'id' | 'status'> & { accept?: string };

/** "5 pass, 1 warns, 1 to accept, 1 refuses": how the checks of an act stand. */
export function tally(checks: readonly Acceptable[], accepted: readonly string[]): string {
  const open = checks.filter(({ id, accept }) => accept !== undefined && !accepted.includes(id)).length;
  const plain = checks.filter(({ accept }) => accept === undefined);
  const refused = plain.filter(({ status }) => status !== 'ok' && status !== 'warning').length;
  const warned = plain.filter(({ status }) => status === 'warning').length;
  const passed = checks.filter(({ status }) => status === 'ok').length;
  return [
    `${passed} pass`,
    warned > 0 ? `${warned} ${warned === 1 ? 'warns' : 'warn'}` : null,
    open > 0 ? `${open} to accept` : null,
    refused > 0 ? `${refused} ${refused === 1 ? 'refuses' : 'refuse'}` : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}
