import { EMPTY, formatNumber } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { StatusWord } from '#components/ui/status.tsx';
import type { GateBand, GateLine, RegionGate } from './pipeline-model.ts';
import { drawSpark, SPARK } from './pipeline-spark.ts';

export const BAND_STATUS = {
  pass: 'ok',
  hold: 'held',
  revert: 'critical',
  unknown: 'unknown',
} as const satisfies Record<GateBand, Status>;

export const BAND_WORDS = {
  pass: 'pass',
  hold: 'hold',
  revert: 'rollback',
  unknown: 'unknown',
} as const satisfies Record<GateBand, string>;

/** Each metric against its limits: the looks so far, the newest value, what it rests on, and its band. */
export function GateLines({ gate }: { gate: RegionGate }) {
  return (
    <>
      <div className="scroll">
        <table className="tight flush gate-lines">
          <thead>
            <tr>
              <th>Metric</th>
              <th className="looks">Looks so far</th>
              <th className="num">Value</th>
              <th className="num">Passes, rolls back</th>
              <th className="num">Sample</th>
              <th className="num">Baseline</th>
              <th>Band</th>
            </tr>
          </thead>
          <tbody>
            {gate.lines.map((line) => (
              <Line key={line.key} line={line} gate={gate} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="hint">
        {baselineWords(gate)} Judged from {formatNumber(gate.minSample)} requests on; what is not measured
        never passes.
      </p>
    </>
  );
}

function baselineWords({ baselineOf, soak }: RegionGate): string {
  if (baselineOf !== null) return `Baseline, dotted: ${baselineOf}, the same window.`;
  return soak === null
    ? 'The way back is not compared with other Regions.'
    : 'No Region with the old version was measured in the same window: there is no baseline.';
}

function Line({ line, gate }: { line: GateLine; gate: RegionGate }) {
  const { label, unit, digits, value, band, passBelow, revertAbove, samples, proves, baseline } = line;
  const status = BAND_STATUS[band];
  return (
    <tr title={line.message}>
      <td>
        {label}
        {band === 'pass' ? null : <span className="sub because">{line.message}</span>}
      </td>
      <td className="looks">
        <LookLine line={line} totalSeconds={gate.soak?.totalSeconds ?? 0} />
      </td>
      <td className="num">
        {value === null ? (
          <span className="t-unknown">{EMPTY}</span>
        ) : (
          <>
            <b>{formatNumber(value, digits)}</b>
            <span className="unit">{unit}</span>
          </>
        )}
      </td>
      <td className="num">
        &lt; {Number(passBelow.toFixed(2))}
        <span className="muted">
          {revertAbove === null ? ', holds only' : `, > ${Number(revertAbove.toFixed(2))}`}
        </span>
        <span className="unit">{unit}</span>
      </td>
      <td className="num">
        {samples === null ? <span className="muted">{EMPTY}</span> : formatNumber(samples)}
        {proves === null ? null : <span className="sub">{proves}</span>}
      </td>
      <td className="num soft">
        {baseline === null ? (
          <span className="muted">{EMPTY}</span>
        ) : (
          <>
            {formatNumber(baseline, digits)}
            <span className="unit">{unit}</span>
          </>
        )}
      </td>
      <td>
        <StatusWord status={status}>{BAND_WORDS[band]}</StatusWord>
      </td>
    </tr>
  );
}

/** The looks of the soak so far, on its own time: solid line the limit, dashed the limit of turning round, dotted the baseline. */
function LookLine({ line, totalSeconds }: { line: GateLine; totalSeconds: number }) {
  const { passBelow, revertAbove, baseline, looks } = line;
  const drawn = drawSpark({ looks, passBelow, revertAbove, baseline, totalSeconds });
  const right = SPARK.width - 3;
  return (
    <svg
      className="look-line"
      viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
      width={SPARK.width}
      height={SPARK.height}
      role="img"
      aria-label={`${line.label}: ${looks.length} looks, ${line.message}`}
    >
      {drawn.gaps.map(({ x, width }) => (
        <rect key={x} className="gap" x={x} y={4} width={width} height={SPARK.height - 8} />
      ))}
      <line className="limit" x1={1} x2={right} y1={drawn.passY} y2={drawn.passY} />
      {drawn.revertY === null ? null : (
        <line className="turn" x1={1} x2={right} y1={drawn.revertY} y2={drawn.revertY} />
      )}
      {drawn.baselineY === null ? null : (
        <line className="base-line" x1={1} x2={right} y1={drawn.baselineY} y2={drawn.baselineY} />
      )}
      <path className="ln accent" d={drawn.line} />
      {drawn.last === null ? null : (
        <circle className="head-dot" cx={drawn.last.x} cy={drawn.last.y} r={2.5} />
      )}
    </svg>
  );
}
