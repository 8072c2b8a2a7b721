import type { DeploymentRun } from '#components/deployments/pipeline-model.ts';
import type { Sentence, Status } from '#components/ui/model.ts';
import { isEnded, isPuttingBack, type OperationState } from '#lib/domain/operation/state.ts';
import { utcMinute } from '#lib/domain/time/utc.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import { count, listOf, STATE_STATUS } from './common.ts';

/** What a deployment's page says first: where it stands, and whether anything speaks against it. */
export function deploymentAnswer(
  { operation }: OperationDetail,
  run: DeploymentRun,
): { status: Status; answer: Sentence } | null {
  const state = operation.state as OperationState;
  if (state === 'scheduled' && operation.startAt)
    return {
      status: 'waiting',
      answer: `${run.version} is approved and starts at ${utcMinute(operation.startAt.toISOString())}.`,
    };
  if (operation.startedAt === null || isEnded(state)) return endedAnswer(state, run);
  const { version, turned } = run;
  if (isPuttingBack(state))
    return {
      status: 'running',
      answer: `${version} goes back${turned?.region ? `, turned round by the gate of ${turned.region}` : ''}.`,
    };
  if (run.kind === 'rollback') return rollbackAnswer(state, run);
  const lane = run.lanes.find(({ status, stages }) => status !== 'ok' && stages.some(begun)) ?? null;
  const gate = run.gates.find(({ region }) => region === lane?.region);
  if (lane && gate?.band === 'revert')
    return {
      status: 'critical',
      answer: `${version} is past a limit in ${lane.region}: ${gate.word.replace(/^rolls back if it goes on: /, '')}. It rolls back if that goes on.`,
    };
  if (state === 'holding' && lane)
    return {
      status: gate?.band === 'unknown' ? 'unknown' : 'held',
      answer: `${version} is held in ${lane.region}${gate ? `: ${gate.word.replace(/^holds: /, '')}` : ''}.`,
    };
  if (state !== 'running' || lane === null) return null;
  const rest = run.lanes.filter(({ status }) => status === 'ok').map(({ region }) => region);
  const served = rest.length === 0 ? '' : ` ${listOf(rest)} ${rest.length === 1 ? 'serves' : 'serve'} it.`;
  const judged = gate ? `; its gate ${gate.word}` : '';
  return {
    status: STATE_STATUS[state],
    answer: `${version}: ${lane.region} ${lane.word}${judged}.${served}`,
  };
}

const begun = ({ status }: DeploymentRun['lanes'][number]['stages'][number]) => status !== 'waiting';

function endedAnswer(state: OperationState, run: DeploymentRun): { status: Status; answer: Sentence } | null {
  const { version, lanes, turned } = run;
  if (state === 'done')
    return {
      status: 'ok',
      answer: `${version} serves ${lanes.length === 1 ? lanes[0]?.region : count(lanes.length, 'Region')}.`,
    };
  if (turned === null || (state !== 'reverted' && state !== 'aborted')) return null;
  const unknown = turned.back.filter(({ status }) => status === 'unknown').map(({ region }) => region);
  const stands = unknown.length === 0 ? '' : ` ${listOf(unknown)} did not answer and is left as it was.`;
  return {
    status: unknown.length > 0 ? 'unknown' : turned.status,
    answer:
      turned.region === null
        ? `${version} was put back by a person.${stands}`
        : `${version} was rolled back by the gate of ${turned.region}.${stands}`,
  };
}

function rollbackAnswer(state: OperationState, run: DeploymentRun): { status: Status; answer: Sentence } {
  const back = run.lanes.filter(({ switchedAt }) => switchedAt !== null).length;
  return {
    status: STATE_STATUS[state],
    answer: `Rolling back to ${run.version}: ${back} of ${count(run.lanes.length, 'Region')} ${back === 1 ? 'is' : 'are'} served by it.`,
  };
}

/** What an abort of it leaves, or what it left. */
export function deploymentLeaves(state: OperationState, run: DeploymentRun): string {
  if (isEnded(state)) return 'It has ended; nothing of it runs any more.';
  if (run.kind === 'rollback')
    return 'Abort stops after what is in flight and puts nothing back: Regions that went back stay there.';
  const switched = run.lanes.filter(({ switchedAt, backAt }) => switchedAt !== null && backAt === null);
  return switched.length === 0
    ? `Abort stops after what is in flight. No user is served by ${run.version} yet; its pods go from the idle colour.`
    : `Abort points ${listOf(switched.map(({ region }) => region))} back at once, verifies, and collects diagnostics. ${run.version} is not marked bad by that.`;
}
