'use client';

import { ActButton } from '#components/shell/act-button.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { formatClock, formatNumber } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { StatusWord } from '#components/ui/status.tsx';
import type { DeploymentRun, PipelineActions, SoakClock } from './pipeline-model.ts';
import { soakFace } from './pipeline-soak-face.ts';

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
  soak: SoakClock;
  region: string;
  run: DeploymentRun;
  operationId: string;
  actions: Pick<PipelineActions, 'skipSoak'>;
}

/** How long it soaks, in real time and in what that stands for. */
export function Soak({ soak, region, run, operationId, actions }: SoakProps) {
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
