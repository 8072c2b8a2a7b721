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

/** Neither judged yet, nor anything to come or to decide. */
function isQuiet({ gates, next, controls }: DeploymentRun): boolean {
  return gates.length === 0 && next === null && controls.promote === null && controls.markBad === null;
}

/** A deployment as it is watched: lanes by Region, the gate that decides now, and what has happened so far. */
export function Pipeline({ operationId, at, run, actions }: PipelineProps) {
  return (
    <>
      {run.turned === null ? null : <Turned turned={run.turned} />}
      <PipelineLanes run={run} />
      {isQuiet(run) ? null : <LiveGate operationId={operationId} run={run} actions={actions} />}
      {run.timeline === null ? null : <Timeline timeline={run.timeline} now={at} />}
    </>
  );
}
