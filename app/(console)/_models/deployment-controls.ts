import type { PipelineControls } from '#components/deployments/pipeline-model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { isEnded, type OperationState } from '#lib/domain/operation/state.ts';
import type { Release } from '#lib/domain/release/release.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import type { RunFacts } from './deployment-facts.ts';

interface ControlsAbout {
  facts: RunFacts;
  version: string;
  release: Release | null;
}

/** What a person may do to a deployment beside stopping it. */
export function controlsOf(
  context: VerbContext,
  _detail: OperationDetail,
  { facts, version, release }: ControlsAbout,
): PipelineControls {
  return { skipSoak: null, promote: null, markBad: markBadOf(context, { facts, version, release }) };
}

/** Once it has ended, of a release that is not marked: a gate that turns it round marks it by itself. */
function markBadOf(
  context: VerbContext,
  { facts, version, release }: ControlsAbout,
): PipelineControls['markBad'] {
  if (facts.kind !== 'deployment' || release === null || release.bad !== null) return null;
  if (!isEnded(facts.state as OperationState) || facts.startedAt === null) return null;
  return {
    permission: permits(context.actor.grants, 'release.mark-bad'),
    plan: {
      title: `Mark ${version} bad`,
      note: `deployed by ${facts.id}`,
      changes: [
        { label: version, before: 'may be deployed', after: 'nothing is deployed or rolled back to it' },
      ],
      changeNote:
        'Where it serves it serves on: roll it back for that. An approver who did not register it can clear it again.',
      checks: [
        {
          id: 'first',
          status: 'ok',
          text: 'The first verdict on a release stays, with your name and reason.',
        },
      ],
      agreement: 'Nobody else. It goes to the audit log with your name.',
      verb: `Mark ${version} bad`,
      reason: 'required',
    },
  };
}
