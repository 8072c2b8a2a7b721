import { EMPTY, formatNumber, formatSeconds, formatShare } from '#components/ui/format.ts';
import { StatusWord } from '#components/ui/status.tsx';
import { regionStateAt, valueAt } from './frames.ts';
import type { ReplayRegion } from './model.ts';

interface RegionsThenProps {
  regions: readonly ReplayRegion[];
  at: number;
  frame: number;
}

/** The Regions as they were. */
export function RegionsThen({ regions, at, frame }: RegionsThenProps) {
  return (
    <div className="scroll">
      <table className="tight flush">
        <thead>
          <tr>
            <th>Region</th>
            <th>State</th>
            <th className="num">Share</th>
            <th className="num">Requests</th>
            <th className="num">Errors</th>
            <th className="num">Lag</th>
          </tr>
        </thead>
        <tbody>
          {regions.map((region) => {
            const state = regionStateAt(region.states, at);
            return (
              <tr key={region.code}>
                <td>
                  <b>{region.code}</b>
                  <span className="sub">{state.database}</span>
                </td>
                <td className="nowrap">
                  <StatusWord status={state.status}>{state.word}</StatusWord>
                </td>
                <Figure value={valueAt(region.share, frame)} unit="%" write={(value) => formatShare(value)} />
                <Figure
                  value={valueAt(region.requests, frame)}
                  unit="/s"
                  write={(value) => formatNumber(value, value < 100 ? 1 : 0)}
                />
                <Figure
                  value={valueAt(region.errors, frame)}
                  unit="%"
                  write={(value) => formatShare(value)}
                />
                <Figure value={valueAt(region.lagSeconds, frame)} unit="s" write={formatSeconds} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface FigureProps {
  value: number | null;
  unit: string;
  write: (value: number) => string;
}

function Figure({ value, unit, write }: FigureProps) {
  return (
    <td className="num">
      {value === null ? (
        <span className="t-unknown">
          {EMPTY}
          <span className="sr">not known</span>
        </span>
      ) : (
        <>
          {write(value)}
          <span className="unit">{unit}</span>
        </>
      )}
    </td>
  );
}
