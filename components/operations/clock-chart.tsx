import { formatClock } from '#components/ui/format.ts';
import { type Axis, percentAt, placeMilestones, roomyTicks } from './clock-axis.ts';
import type { ClockModel, ClocksModel } from './recovery-model.ts';

const ROW = 68;
const MILESTONES = 46;
const AXIS = 22;
/** Of the bar inside its row. */
const BAR_TOP = 29;
const BAR_HEIGHT = 10;
/** Labels right of here are written to the left of what they name. */
const LATE = 74;

interface ChartProps {
  model: ClocksModel;
  axis: Axis;
  nowSeconds: number;
}

/** Bars to now, hatched what is projected, ticks the budgets, triangles the own median. */
export function ClockChart({ model, axis, nowSeconds }: ChartProps) {
  const rows = model.clocks.length * ROW;
  const bottom = rows + MILESTONES;
  const x = (seconds: number) => `${percentAt(seconds, axis).toFixed(2)}%`;
  const live = model.endedAt === null;
  const ticks = live ? roomyTicks(axis, nowSeconds) : axis.ticks;
  return (
    <svg className="ch" width="100%" height={bottom + AXIS} role="img" aria-label={describe(model, axis)}>
      <defs>
        <pattern
          id="clock-hatch"
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="1.6" height="5" fill="var(--accent)" />
        </pattern>
      </defs>
      {axis.ticks.map((tick) => (
        <line key={tick} className="axis" x1={x(tick)} x2={x(tick)} y1="0" y2={bottom} />
      ))}
      {model.clocks.map((clock, index) => (
        <g key={clock.key}>
          <line className="axis" x1="0" x2="100%" y1={(index + 1) * ROW} y2={(index + 1) * ROW} />
          <Bar clock={clock} model={model} axis={axis} nowSeconds={nowSeconds} top={index * ROW} />
        </g>
      ))}
      <Milestones model={model} axis={axis} top={rows} />
      <line className="axis" x1="0" x2="100%" y1={bottom} y2={bottom} />
      {ticks.map((tick) => (
        <text key={tick} x={x(tick)} y={bottom + 16} textAnchor={tick === 0 ? 'start' : 'middle'}>
          {formatClock(tick)}
        </text>
      ))}
      {live ? (
        <>
          <line className="now" x1={x(nowSeconds)} x2={x(nowSeconds)} y1="0" y2={bottom} />
          <text
            className="lbl"
            x={x(nowSeconds)}
            y={bottom + 16}
            textAnchor={percentAt(nowSeconds, axis) < 5 ? 'start' : 'middle'}
          >
            now {formatClock(nowSeconds)}
          </text>
        </>
      ) : null}
    </svg>
  );
}

interface BarProps extends ChartProps {
  clock: ClockModel;
  top: number;
}

function Bar({ clock, model, axis, nowSeconds, top }: BarProps) {
  const at = (seconds: number) => percentAt(seconds, axis);
  const zero = at(0);
  const stopped =
    clock.stoppedAt === null ? null : (Date.parse(clock.stoppedAt) - Date.parse(model.zeroAt)) / 1000;
  const reached = clock.state === 'waiting' || clock.state === 'missed' ? null : (stopped ?? nowSeconds);
  const late = stopped !== null && stopped > clock.budgetSeconds;
  const y = top + BAR_TOP;
  const { projected } = clock;
  const hatched =
    clock.state === 'running' && projected !== null && projected.highSeconds > nowSeconds ? projected : null;
  return (
    <>
      <rect
        x={`${zero}%`}
        y={y}
        width={`${at(axis.endSeconds) - zero}%`}
        height={BAR_HEIGHT}
        className="track"
      />
      {hatched === null ? null : (
        <>
          <rect
            x={`${at(nowSeconds)}%`}
            y={y}
            width={`${at(hatched.highSeconds) - at(nowSeconds)}%`}
            height={BAR_HEIGHT}
            fill="url(#clock-hatch)"
          />
          <Label percent={at(hatched.highSeconds)} y={y + 9} className="lbl">
            projected {formatClock(hatched.lowSeconds)}–{formatClock(hatched.highSeconds)}
          </Label>
        </>
      )}
      {reached === null ? null : (
        <rect
          x={`${zero}%`}
          y={y}
          width={`${at(reached) - zero}%`}
          height={BAR_HEIGHT}
          className={stopped === null ? 'run' : late ? 'late' : 'met'}
        />
      )}
      <Budget clock={clock} axis={axis} y={y} />
      <History clock={clock} axis={axis} y={y} />
    </>
  );
}

function Budget({ clock, axis, y }: { clock: ClockModel; axis: Axis; y: number }) {
  const text = `budget ${formatClock(clock.budgetSeconds)}`;
  if (clock.budgetSeconds > axis.endSeconds)
    return <Off y={y - 7} text={`${text}, outside`} className="lbl" />;
  const percent = percentAt(clock.budgetSeconds, axis);
  return (
    <>
      <line className="bud" x1={`${percent}%`} x2={`${percent}%`} y1={y - 8} y2={y + BAR_HEIGHT + 3} />
      <Label percent={percent} y={y - 7} className="lbl">
        {text}
      </Label>
    </>
  );
}

function History({ clock, axis, y }: { clock: ClockModel; axis: Axis; y: number }) {
  if (clock.history === null) return null;
  const { medianSeconds, runs } = clock.history;
  const text = `own median ${formatClock(medianSeconds)}, ${runs} ${runs === 1 ? 'run' : 'runs'}`;
  const low = y + BAR_HEIGHT + 13;
  if (medianSeconds > axis.endSeconds) return <Off y={low} text={`${text}, outside`} className="mid" />;
  const percent = percentAt(medianSeconds, axis);
  return (
    <>
      <svg
        x={`${percent}%`}
        y={y + BAR_HEIGHT + 4}
        width="8"
        height="8"
        overflow="visible"
        aria-hidden="true"
      >
        <path className="median" d="M0 0 4 7.5h-8z" />
      </svg>
      <Label percent={percent} y={low} className="mid" gap={7}>
        {text}
      </Label>
    </>
  );
}

interface LabelProps {
  percent: number;
  y: number;
  className: string;
  gap?: number;
  children: React.ReactNode;
}

function Label({ percent, y, className, gap = 6, children }: LabelProps) {
  const late = percent > LATE;
  return (
    <text
      className={className}
      x={`${percent}%`}
      y={y}
      dx={late ? -gap : gap}
      textAnchor={late ? 'end' : 'start'}
    >
      {children}
    </text>
  );
}

/** Named at the right edge, with an arrow: it lies beyond the axis. */
function Off({ y, text, className }: { y: number; text: string; className: string }) {
  return (
    <>
      <text className={className} x="100%" y={y} dx="-20" textAnchor="end">
        {text}
      </text>
      <svg x="100%" y={y - 8} width="1" height="8" overflow="visible" aria-hidden="true">
        <path className="off" d="M-15 4.5h8M-10 1.5l3 3-3 3" />
      </svg>
    </>
  );
}

function Milestones({ model, axis, top }: { model: ClocksModel; axis: Axis; top: number }) {
  const middle = top + MILESTONES / 2;
  const { detected } = model;
  const placed = placeMilestones(model.milestones, axis);
  return (
    <>
      {detected === null || detected.budgetSeconds > axis.endSeconds ? null : (
        <line
          className="bud"
          x1={`${percentAt(detected.budgetSeconds, axis)}%`}
          x2={`${percentAt(detected.budgetSeconds, axis)}%`}
          y1={middle - 5}
          y2={middle + 5}
        />
      )}
      <line
        className="base"
        x1={`${percentAt(0, axis)}%`}
        x2={`${percentAt(axis.endSeconds, axis)}%`}
        y1={middle}
        y2={middle}
      />
      {placed.map(({ milestone, percent, line }) => (
        <g key={`${milestone.seconds} ${milestone.label}`}>
          <circle className="stone" cx={`${percent}%`} cy={middle} r="3">
            <title>{`${milestone.label} ${formatClock(milestone.seconds)}`}</title>
          </circle>
          {line === null ? null : (
            <text
              className="mid"
              x={`${percent}%`}
              y={line === 0 ? middle - 8 : middle + 16}
              dx={percent > LATE ? 3 : -3}
              textAnchor={percent > LATE ? 'end' : 'start'}
            >
              {milestone.label} {formatClock(milestone.seconds)}
            </text>
          )}
        </g>
      ))}
    </>
  );
}

function describe(model: ClocksModel, axis: Axis): string {
  const stones = model.milestones.map(({ label, seconds }) => `${label} ${formatClock(seconds)}`);
  return `The clocks on one axis from 0:00 to ${formatClock(axis.endSeconds)}. ${stones.join(', ')}`;
}
