import { EMPTY, formatNumber } from '#components/ui/format.ts';
import { Quantity } from '#components/ui/quantity.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { Gate, GateFigure } from './model.ts';

const VERDICT = {
  ok: 'pass',
  warning: 'hold',
  held: 'hold',
  critical: 'revert',
  unknown: 'too few',
  running: 'sampling',
  waiting: 'waiting',
} as const;

/** Each Region's reads and writes in one row: both figures with their limits, the verdict, and what was counted. */
export function GateTable({ gates }: { gates: readonly Gate[] }) {
  return (
    <div className="scroll">
      <table className="tight flush gates">
        <thead>
          <tr>
            <th>Region</th>
            <th>Verdict</th>
            <th className="num">Errors</th>
            <th className="num">p95</th>
            <th className="num">Sample</th>
          </tr>
        </thead>
        <tbody>
          {gates.map((gate, index) => (
            <tr key={gate.id} className={gate.region === gates[index - 1]?.region ? undefined : 'first'}>
              <td className="nowrap">
                {gate.region === gates[index - 1]?.region ? (
                  <span className="sr">{gate.region}</span>
                ) : (
                  <b>{gate.region}</b>
                )}
                <span className="sub">{gate.sli}</span>
              </td>
              <td>
                <StatusWord status={gate.verdict}>{VERDICT[gate.verdict]}</StatusWord>
              </td>
              <Figure figure={gate.errorRate} unit="%" scale={100} digits={2} />
              <Figure figure={gate.p95Ms} unit="ms" scale={1} digits={0} />
              <td className="num">
                {formatNumber(gate.requests)}
                <span className="sub">{gate.proves ?? EMPTY}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface FigureProps {
  figure: GateFigure;
  unit: string;
  scale: number;
  digits: number;
}

function Figure({ figure, unit, scale, digits }: FigureProps) {
  const { reading, passBelow, revertAbove, verdict } = figure;
  const limit = (value: number) => Number((value * scale).toFixed(2));
  return (
    <td className="num">
      <Quantity reading={reading} unit={unit} scale={scale} digits={digits} status={verdict} strong />
      <span className="sub">
        {passBelow === revertAbove
          ? `reverts > ${limit(revertAbove)}`
          : `< ${limit(passBelow)}, reverts > ${limit(revertAbove)}`}
      </span>
    </td>
  );
}
