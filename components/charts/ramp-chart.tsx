import { formatNumber, formatUtcTime } from '#components/ui/format.ts';

export interface RampPoint {
  /** ISO 8601. */
  at: string;
  /** Points of global traffic moved from this moment on. */
  points: number;
}

const WIDTH = 482;
const HEIGHT = 92;
const LEFT = 30;
const RIGHT = 474;
const TOP = 12;
const BOTTOM = 72;
/** Closer than this, in user units, a time or figure is left out. */
const LABEL_ROOM = 34;
const WORDS_ROOM = 84;

/** Which of the sorted x positions can carry a label without touching the one before. */
function roomy(positions: readonly number[]): boolean[] {
  let last = Number.NEGATIVE_INFINITY;
  return positions.map((position) => {
    const fits = position - last >= LABEL_ROOM;
    if (fits) last = position;
    return fits;
  });
}

/** The planned steps of a shift, points of global traffic over time. `doneAt` is when the last step is verified. */
export function RampChart({ steps, doneAt }: { steps: readonly RampPoint[]; doneAt: string }) {
  const first = steps[0];
  const last = steps.at(-1);
  if (first === undefined || last === undefined) return null;
  const start = Date.parse(first.at);
  const end = Date.parse(doneAt);
  const lead = Math.max(1, (end - start) * 0.05);
  const high = Math.max(...steps.map(({ points }) => points)) || 1;
  const x = (at: number) => LEFT + ((at - start + lead) / (end - start + 3 * lead)) * (RIGHT - LEFT);
  const y = (points: number) => BOTTOM - (points / high) * (BOTTOM - TOP);
  const line = steps
    .map((step) => `H${x(Date.parse(step.at)).toFixed(1)}V${y(step.points).toFixed(1)}`)
    .join('');
  const positions = steps.map((step) => x(Date.parse(step.at)));
  const fits = roomy([...positions, x(end)]);
  const spoken = steps
    .map((step) => `${formatNumber(step.points, digits(step.points))} at ${clock(step.at)}`)
    .join(', ');
  return (
    <div className="scroll">
      <div className="chart-min">
        <svg
          className="ch wide"
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          role="img"
          aria-label={`Points moved: ${spoken}; verified ${clock(doneAt)}`}
        >
          {[0, high / 2, high].map((value) => (
            <g key={value}>
              <line className="axis" x1={LEFT} x2={RIGHT} y1={y(value)} y2={y(value)} />
              <text x={LEFT - 6} y={y(value) + 4} textAnchor="end">
                {formatNumber(value, digits(value))}
              </text>
            </g>
          ))}
          <path className="ln accent" d={`M${LEFT} ${BOTTOM}${line}H${x(end).toFixed(1)}`} />
          {steps.map((step, index) =>
            fits[index] ? (
              <g key={step.at}>
                <line
                  className="axis"
                  x1={positions[index]}
                  x2={positions[index]}
                  y1={BOTTOM}
                  y2={BOTTOM + 3}
                />
                <text x={positions[index]} y={HEIGHT - 4} textAnchor="middle">
                  {clock(step.at)}
                </text>
                <text className="lbl" x={(positions[index] ?? 0) + 4} y={y(step.points) - 4}>
                  {formatNumber(step.points, digits(step.points))}
                </text>
              </g>
            ) : null,
          )}
          {x(end) - x(Date.parse(last.at)) < WORDS_ROOM ? null : (
            <text className="mid" x={x(end)} y={y(last.points) + 14} textAnchor="end">
              verified, done
            </text>
          )}
          {fits.at(-1) ? (
            <text x={x(end)} y={HEIGHT - 4} textAnchor="middle">
              {clock(doneAt)}
            </text>
          ) : null}
        </svg>
      </div>
    </div>
  );
}

const clock = (at: string) => formatUtcTime(new Date(at)).slice(0, 5);
const digits = (points: number) => (Number.isInteger(points) ? 0 : 1);
