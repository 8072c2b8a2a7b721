import { formatNumber } from '#components/ui/format.ts';
import { Quantity } from '#components/ui/quantity.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { Gate } from './model.ts';

const VERDICT = {
  ok: 'pass',
  warning: 'hold',
  held: 'hold',
  critical: 'revert',
  unknown: 'unknown',
  running: 'sampling',
  waiting: 'waiting',
} as const;

/** Each gate with its three bands, the value now, and what its sample proves. */
export function GateList({ gates }: { gates: readonly Gate[] }) {
  return (
    <div>
      {gates.map((gate) => (
        <GateRow key={gate.id} gate={gate} />
      ))}
    </div>
  );
}

function GateRow({ gate }: { gate: Gate }) {
  const top = Math.max(gate.revertAbove * 1.25, (gate.reading.value ?? 0) * 1.05);
  const at = (value: number) => `${Math.min(100, (value / top) * 100)}%`;
  const figure = (value: number) =>
    `${formatNumber(value * gate.scale, gate.digits === 2 ? 1 : gate.digits)} ${gate.unit}`;
  return (
    <div className="gate">
      <div className="spread small">
        <span>{gate.name}</span>
        <span>
          <StatusWord status={gate.verdict}>{VERDICT[gate.verdict]}</StatusWord>{' '}
          <Quantity reading={gate.reading} unit={gate.unit} scale={gate.scale} digits={gate.digits} strong />
        </span>
      </div>
      <div
        className="bands"
        role="img"
        aria-label={`Passes below ${figure(gate.passBelow)}, reverts above ${figure(gate.revertAbove)}, holds between`}
      >
        <span className="zone pass" style={{ left: 0, width: at(gate.passBelow) }} />
        <span
          className="zone hatch"
          style={{ left: at(gate.passBelow), width: `calc(${at(gate.revertAbove)} - ${at(gate.passBelow)})` }}
        />
        <span className="zone revert" style={{ left: at(gate.revertAbove), right: 0 }} />
        <span className="tick" style={{ left: at(gate.passBelow) }} />
        <span className="tick" style={{ left: at(gate.revertAbove) }} />
        {gate.reading.value === null ? null : (
          <span className="now" style={{ left: at(gate.reading.value) }} />
        )}
        <span
          className={gate.passBelow / top < 0.2 ? 'limit low' : 'limit'}
          style={{ left: at(gate.passBelow) }}
        >
          hold {figure(gate.passBelow)}
        </span>
        <span className="limit" style={{ left: at(gate.revertAbove) }}>
          revert {figure(gate.revertAbove)}
        </span>
      </div>
      <p className="tiny muted">{gate.sample}</p>
    </div>
  );
}
