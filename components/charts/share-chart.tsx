import { formatShare, formatUtcTime } from '#components/ui/format.ts';
import { ticks } from './scale.ts';

interface SharePoint {
  /** ISO 8601. */
  at: string;
  /** Fraction of all requests. */
  share: number;
}

const LEFT = 34;
const TOP = 16;
const BOTTOM = 56;

/** One Region's share during a run: dashed configured (past and planned), solid measured, a mark at now. */
export function ShareChart({
  region,
  configured,
  measured,
  now,
  width = 352,
}: {
  region: string;
  configured: readonly SharePoint[];
  measured: readonly SharePoint[];
  now: string;
  /** The room it is drawn for, so that its text keeps its size. */
  width?: number;
}) {
  const all = [...configured, ...measured];
  const times = all.map(({ at }) => Date.parse(at));
  const shares = all.map(({ share }) => share);
  const [start, end] = [Math.min(...times), Math.max(...times, Date.parse(now))];
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const low = Math.max(0, least - 0.01);
  const high = Math.max(most + 0.01, low + 0.04);
  const x = (at: string) => LEFT + ((Date.parse(at) - start) / (end - start || 1)) * (width - LEFT);
  const y = (share: number) => BOTTOM - ((share - low) / (high - low)) * (BOTTOM - TOP);
  const first = configured[0];
  const stairs = configured
    .slice(1)
    .map((point) => `H${x(point.at).toFixed(1)}V${y(point.share).toFixed(1)}`);
  const line = measured.map(
    (point, index) => `${index === 0 ? 'M' : 'L'}${x(point.at).toFixed(1)} ${y(point.share).toFixed(1)}`,
  );
  const last = measured.at(-1);
  const nowX = x(now);
  return (
    <div className="scroll">
      <svg
        className="ch wide"
        style={{ minWidth: Math.min(width, 352) }}
        viewBox={`0 0 ${width} 76`}
        role="img"
        aria-label={`Share of ${region}: measured ${last === undefined ? 'unknown' : `${formatShare(last.share)} %`}`}
      >
        {ticks(low, high, 3).map((value) => (
          <g key={value}>
            <line className="axis" x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value) + 4} textAnchor="end">
              {formatShare(value, 0)} %
            </text>
          </g>
        ))}
        {first === undefined ? null : (
          <path
            className="ln planned"
            d={`M${x(first.at).toFixed(1)} ${y(first.share).toFixed(1)}${stairs.join('')}H${width}`}
          />
        )}
        <path className="ln accent" d={line.join('')} />
        <line className="mark" x1={nowX} x2={nowX} y1={6} y2={62} />
        {last === undefined ? null : (
          <text
            className="mid"
            x={Math.min(nowX + 6, width - 92)}
            y={Math.min(BOTTOM - 3, y(last.share) + 14)}
          >
            measured {formatShare(last.share)} %
          </text>
        )}
        <text x={LEFT} y="75">
          {formatUtcTime(new Date(start)).slice(0, 5)}
        </text>
        <text className="lbl" x={Math.min(Math.max(nowX, LEFT + 50), width - 56)} y="75" textAnchor="middle">
          now
        </text>
        <text x={width} y="75" textAnchor="end">
          {formatUtcTime(new Date(end)).slice(0, 5)}
        </text>
      </svg>
    </div>
  );
}
