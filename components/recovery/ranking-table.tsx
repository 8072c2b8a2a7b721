import { Fragment } from 'react';
import { EMPTY, formatBytes } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import type { Status } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { Quantity } from '#components/ui/quantity.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import type { RankedTarget, Ranking } from './model.ts';

/** Who would take over, best first, with every reason beside it. */
export function RankingTable({ rankings }: { rankings: readonly Ranking[] }) {
  return (
    <div className="band">
      <CellHead
        padded
        title="Who takes over"
        note="ranked by lag, ready and maximum capacity, version, residency"
      />
      <div className="scroll">
        <table className="fold ranking">
          <thead>
            <tr>
              <th>If lost</th>
              <th className="num">Rank</th>
              <TargetHeads />
              <th>Why</th>
            </tr>
          </thead>
          <tbody>
            {rankings.map((ranking) => (
              <Fragment key={ranking.lost}>
                {ranking.targets.map((target, index) => (
                  <tr key={target.region} className={index === 0 ? 'first' : undefined}>
                    <td className="nowrap">
                      {index === 0 ? <b>{ranking.lost}</b> : <span className="sr">{ranking.lost}</span>}
                      {index === 0 && ranking.more > 0 ? (
                        <span className="sub">{ranking.more} more, not ranked</span>
                      ) : null}
                    </td>
                    <td className="num" data-l="Rank">
                      {target.rank ?? <span className="muted">{EMPTY}</span>}
                    </td>
                    <TargetCells target={target} />
                    <td className="soft wrap full">
                      <Prose text={target.why} />
                    </td>
                  </tr>
                ))}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

export function TargetHeads() {
  return (
    <>
      <th>Target</th>
      <th>Verdict</th>
      <th className="num">Lag</th>
      <th className="num">Nodes ready</th>
      <th className="num">At maximum</th>
      <th>Residency</th>
      <th>On call</th>
    </>
  );
}

/** The reasons of one target, in the order they count. */
export function TargetCells({ target }: { target: RankedTarget }) {
  const { behindBytes, lag, maximum, ready } = target;
  return (
    <>
      <td className="nowrap" data-l="Target">
        <b>{target.region}</b>
        <span className="sub">
          <Judged status={target.version.status}>{target.version.text}</Judged>
        </span>
      </td>
      <td className="full">
        <StatusWord status={target.status}>{target.word}</StatusWord>
      </td>
      <td className="num" data-l="Lag">
        <Quantity reading={lag.reading} unit="s" format="seconds" status={lag.status} />
        <span className="sub">{behindBytes === null ? 'bytes unknown' : formatBytes(behindBytes)}</span>
      </td>
      <td className="num" data-l="Nodes ready">
        <Judged status={ready.status}>
          {ready.needed} <span className="muted">of {ready.has ?? EMPTY}</span>
        </Judged>
      </td>
      <td className="num" data-l="At maximum">
        <Judged status={maximum.status}>
          {maximum.needed} <span className="muted">of {maximum.has}</span>
        </Judged>
      </td>
      <td data-l="Residency">
        <Judged status={target.residency.status}>{target.residency.text}</Judged>
      </td>
      <td data-l="On call">
        <Judged status={target.onCall.status}>{target.onCall.text}</Judged>
      </td>
    </>
  );
}

/** A shape only where it is not well. */
function Judged({ status, children }: { status: Status; children: React.ReactNode }) {
  if (status === 'ok') return <span className="nowrap">{children}</span>;
  return (
    <span className="st regular">
      <StatusShape status={status} label={status} />
      <span>{children}</span>
    </span>
  );
}
