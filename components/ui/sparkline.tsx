const WIDTH = 72;
const HEIGHT = 20;
const PAD = 2;

/** The path of a sparkline; a gap where a value is missing. Exported for the test. */
function sparklinePath(values: readonly (number | null)[], floor?: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '';
  const low = floor ?? Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const flat = Math.max(...known) === low;
  let path = '';
  let pen = 'M';
  values.forEach((value, index) => {
    if (value === null) {
      pen = 'M';
      return;
    }
    const x = values.length === 1 ? WIDTH / 2 : 1 + (index / (values.length - 1)) * (WIDTH - 2);
    const y = flat ? HEIGHT / 2 : HEIGHT - PAD - ((value - low) / span) * (HEIGHT - 2 * PAD);
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  });
  return path;
}

/** A wordless line before its number. The number says the value; this says only the way it came. */
export function Sparkline({ values, floor }: { values: readonly (number | null)[]; floor?: number }) {
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" preserveAspectRatio="none">
      <path className="ln s0" d={sparklinePath(values, floor)} />
    </svg>
  );
}
