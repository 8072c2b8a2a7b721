'use client';

import { useState } from 'react';
import { ActButton } from '#components/shell/act-button.tsx';
import { Age, Moment, Until } from '#components/ui/age.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { EMPTY, formatClock, formatNumber } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import type { Status } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type {
  DeploymentRun,
  GateBand,
  GateLine,
  PipelineActions,
  RegionGate,
  SoakClock,
} from './pipeline-model.ts';
import { soakFace } from './pipeline-soak.ts';
import { drawSpark, SPARK } from './pipeline-spark.ts';

export const BAND_STATUS = {
  pass: 'ok',
  hold: 'held',
  revert: 'critical',
  unknown: 'unknown',
} as const satisfies Record<GateBand, Status>;

const BAND_WORDS = {
  pass: 'pass',
  hold: 'hold',
  revert: 'rollback',
  unknown: 'unknown',
} as const satisfies Record<GateBand, string>;

interface LiveGateProps {
  operationId: string;
  run: DeploymentRun;
  actions: PipelineActions;
}

/** The gate that decides now, metric by metric against its limits, beside the clock of the soak and what comes next. */
export function LiveGate({ operationId, run, actions }: LiveGateProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = run.gates.find(({ region }) => region === (chosen ?? run.focus)) ?? run.gates.at(-1);
  return (
    <section className="live-gate band">
      <div>
        <CellHead
          title={shown === undefined ? 'Gate' : `Gate of ${shown.region}`}
          note={
            shown === undefined ? undefined : (
              <StatusWord status={BAND_STATUS[shown.band]}>{shown.word}</StatusWord>
            )
          }
          right={
            <span className="inline">
              {run.gates.length > 1 && shown !== undefined ? (
                <Segmented
                  label="Gate of"
                  value={shown.region}
                  options={run.gates.map(({ region }) => ({ value: region, label: region }))}
                  onChange={setChosen}
                />
              ) : null}
              {shown === undefined ? null : <Age at={shown.judgedAt} verb="judged" />}
            </span>
          }
        />
        {shown === undefined ? (
          <Empty title="No gate has judged yet.">
            Gates judge every few seconds once users of a Region are served by the new version.
          </Empty>
        ) : (
          <GateLines gate={shown} />
        )}
      </div>
      <div className="stack">
        {shown === undefined ? null : (
          <Soak gate={shown} run={run} operationId={operationId} actions={actions} />
        )}
        <Next operationId={operationId} run={run} actions={actions} />
      </div>
    </section>
  );
}

function GateLines({ gate }: { gate: RegionGate }) {
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
        {gate.baselineOf === null
          ? 'No Region serves the old version any more: there is no baseline.'
          : `Baseline, dotted: ${gate.baselineOf}, the same window.`}{' '}
        Judged from {formatNumber(gate.minSample)} requests on; what is not measured never passes.
      </p>
    </>
  );
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
        <LookLine line={line} totalSeconds={gate.soak.totalSeconds} />
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

const CLOCK_STATUS = {
  running: 'running',
  held: 'held',
  passed: 'ok',
  skipped: 'warning',
  turned: 'critical',
} as const satisfies Record<SoakClock['state'], Status>;

const CLOCK_WORDS = {
  running: 'counts',
  held: 'held by its gate',
  passed: 'passed',
  skipped: 'skipped by a person',
  turned: 'ended: rolled back',
} as const satisfies Record<SoakClock['state'], string>;

interface SoakProps {
  gate: RegionGate;
  run: DeploymentRun;
  operationId: string;
  actions: Pick<PipelineActions, 'skipSoak'>;
}

/** How long it soaks, in real time and in what that stands for. */
function Soak({ gate, run, operationId, actions }: SoakProps) {
  const { soak, region } = gate;
  const face = soakFace(soak, useNow());
  const { skipSoak } = run.controls;
  const scale = soak.totalSeconds === 0 ? 1 : soak.declaredSeconds / soak.totalSeconds;
  return (
    <section className="soak">
      <div className="soak-head">
        <div>
          <b>Soak</b> <StatusWord status={CLOCK_STATUS[soak.state]}>{CLOCK_WORDS[soak.state]}</StatusWord>
        </div>
        <div className="soak-time">
          <b>{formatClock(face.seconds)}</b>
          <span className="muted"> of {formatClock(soak.totalSeconds)}</span>
        </div>
      </div>
      <div className={`bar tall soak-bar is-${soak.state}`} aria-hidden="true">
        <i className={soak.state === 'running' ? 'a' : undefined} style={{ width: `${face.share * 100}%` }} />
      </div>
      <p className="hint">
        {scale > 1.01 ? (
          <>
            Stands for {minutes(face.declaredSeconds)} of {minutes(soak.declaredSeconds)}, at 1:
            {formatNumber(scale)}.
          </>
        ) : (
          'In real time.'
        )}
        {face.overSeconds >= 1 && soak.state === 'held'
          ? ` Its time was over ${formatClock(face.overSeconds)} ago; it ends when the gate passes.`
          : null}
      </p>
      {skipSoak === null || skipSoak.region !== region ? null : (
        <div className="spaced">
          <ActButton
            tone="plain"
            plan={skipSoak.plan}
            permission={skipSoak.permission}
            run={(reason) => actions.skipSoak(operationId, skipSoak.step, reason)}
          >
            Skip this soak
          </ActButton>
        </div>
      )}
    </section>
  );
}

function minutes(seconds: number): string {
  const value = seconds / 60;
  return `${formatNumber(value, Number.isInteger(value) || value >= 10 ? 0 : 1)} min`;
}

function Next({ operationId, run, actions }: LiveGateProps) {
  const { next, controls } = run;
  const { markBad } = controls;
  if (next === null && controls.promote === null && markBad === null) return null;
  return (
    <section>
      {next === null ? null : (
        <>
          <div className="spread">
            <b>
              Next: <span className="nowrap">{next.region}</span>
            </b>
            <span>
              {next.start.at === null ? (
                <span className="muted">not yet known</span>
              ) : (
                <>
                  <Moment at={next.start.at} seconds />{' '}
                  <span className="muted">
                    <Until at={next.start.at} past="due now" />
                  </span>
                </>
              )}
            </span>
          </div>
          <p className="hint">
            <Prose text={next.start.why} />
          </p>
        </>
      )}
      {controls.promote === null ? null : (
        <div className="spaced">
          <ActButton
            tone="plain"
            plan={controls.promote.plan}
            permission={controls.promote.permission}
            run={(reason) => actions.promote(operationId, reason)}
          >
            Promote to all remaining
          </ActButton>
        </div>
      )}
      {markBad === null ? null : (
        <ActButton
          tone="plain"
          plan={markBad.plan}
          permission={markBad.permission}
          run={(reason) => actions.markBad(run.version, reason)}
        >
          Mark {run.version} bad
        </ActButton>
      )}
    </section>
  );
}
