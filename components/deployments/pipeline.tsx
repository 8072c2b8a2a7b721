import { LiveGate } from './pipeline-gate.tsx';
import { PipelineLanes } from './pipeline-lanes.tsx';
import type { DeploymentRun, PipelineActions } from './pipeline-model.ts';
import { Timeline } from './pipeline-timeline.tsx';
import { Turned } from './pipeline-turned.tsx';

interface PipelineProps {
  operationId: string;
  /** When the page was made. ISO. */
  at: string;
  run: DeploymentRun;
  actions: PipelineActions;
}

/** A deployment as it is watched: lanes by Region, the gate that decides now, and what has happened so far. */
export function Pipeline({ operationId, at, run, actions }: PipelineProps) {
  return (
    <>
      {run.turned === null ? null : <Turned turned={run.turned} />}
      <PipelineLanes run={run} />
      {run.gates.length === 0 && run.next === null && run.controls.promote === null ? null : (
        <LiveGate operationId={operationId} run={run} actions={actions} />
      )}
      {run.timeline === null ? null : <Timeline timeline={run.timeline} now={at} />}
    </>
  );
}
