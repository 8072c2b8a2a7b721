/** Bar: measured. Tick: configured. Both are fractions of `of` (1 unless the widest share of a list is given). */
export function ShareBar({
  measured,
  configured,
  of = 1,
  tall = false,
  accent = false,
}: {
  measured: number | null;
  configured?: number | null;
  of?: number;
  tall?: boolean;
  accent?: boolean;
}) {
  const percent = (value: number) => `${Math.min(100, Math.max(0, (value / of) * 100))}%`;
  return (
    <div className={tall ? 'bar tall' : 'bar'} aria-hidden="true">
      {measured === null ? <i className="hatch" style={{ width: '100%' }} /> : null}
      {measured === null ? null : (
        <i className={accent ? 'a' : undefined} style={{ width: percent(measured) }} />
      )}
      {configured === null || configured === undefined ? null : <u style={{ left: percent(configured) }} />}
    </div>
  );
}

/** How long a step took; tick: the 75th percentile of its own history. Both in seconds. */
export function DurationBar({
  seconds,
  usual,
  running = false,
}: {
  seconds: number;
  usual: number | null;
  running?: boolean;
}) {
  const full = Math.max(seconds, usual ?? 0) * 1.35 || 1;
  return (
    <div className="dur" title="Bar: this run. Tick: 75th percentile of this step’s own history.">
      <i className={running ? 'a' : undefined} style={{ width: `${(seconds / full) * 100}%` }} />
      {usual === null ? null : <u style={{ left: `${(usual / full) * 100}%` }} />}
    </div>
  );
}
