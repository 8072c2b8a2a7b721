import type { PipelineControls, RegionGate } from '#components/deployments/pipeline-model.ts';
import { formatClock } from '#components/ui/format.ts';
import { permits } from '#lib/domain/access/access.ts';
import { isEnded } from '#lib/domain/operation/state.ts';
import type { Release } from '#lib/domain/release/release.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import { count, listOf } from './common.ts';
import type { RunFacts } from './deployment-facts.ts';
import { startOf } from './deployment-start.ts';

interface ControlsAbout {
  facts: RunFacts;
  version: string;
  release: Release | null;
  gates: readonly RegionGate[];
}

/** What a person may do to a deployment beside stopping it. */
export function controlsOf(
  context: VerbContext,
  detail: OperationDetail,
  about: ControlsAbout,
): PipelineControls {
  return {
    skipSoak: skipSoakOf(detail, about),
    promote: promoteOf(detail, about),
    markBad: markBadOf(context, about),
  };
}

/** Of the soak that runs or holds: its rest is waived by somebody who did not ask for the deployment. */
function skipSoakOf(
  { operation, may }: OperationDetail,
  { facts, gates }: ControlsAbout,
): PipelineControls['skipSoak'] {
  const [soak] = may.skipSoak;
  const region = facts.steps.find(({ key }) => key === soak?.step)?.region;
  if (!soak || !region) return null;
  const gate = gates.find((one) => one.region === region);
  const clock = gate?.soak
    ? `${formatClock(gate.soak.elapsedSeconds)} of ${formatClock(gate.soak.totalSeconds)}`
    : 'under way';
  return {
    step: soak.step,
    region,
    permission: soak.verdict,
    plan: {
      title: `Skip the soak of ${region}`,
      note: `${operation.id}, ${operation.title}`,
      changes: [{ label: `Soak of ${region}`, before: clock, after: 'ended at its next look' }],
      changeNote: 'The next Region still waits for its time, and its own soak and gate stay.',
      checks: [
        gate === undefined
          ? { id: 'gate', status: 'unknown', text: `The gate of ${region} has not judged yet.` }
          : {
              id: 'gate',
              status: gate.band === 'pass' ? 'ok' : gate.band === 'unknown' ? 'unknown' : 'warning',
              text: `The gate of ${region} ${gate.word}.`,
              reason:
                gate.band === 'pass'
                  ? 'What it would find out later is found out by users.'
                  : 'What only holds is accepted with it.',
            },
        {
          id: 'limits',
          status: 'ok',
          text: 'What is beyond a limit of a rollback still turns the deployment round.',
        },
      ],
      agreement:
        'You, for the one who asked for the deployment may not. Your name and reason stay under the step.',
      verb: 'Skip this soak',
      reason: 'required',
    },
  };
}

/** While a Region waits for its time: the waits are left out, soaks and gates stay. */
function promoteOf(
  { operation, may }: OperationDetail,
  { facts, version }: ControlsAbout,
): PipelineControls['promote'] {
  const waiting = facts.regions.filter(({ code }) => startOf(facts, code) !== null).map(({ code }) => code);
  if (waiting.length === 0 || facts.startedAt === null || isEnded(facts.state)) return null;
  return {
    permission: may.promote,
    plan: {
      title: `Promote ${version} to all remaining Regions`,
      note: `${operation.id}, ${operation.title}`,
      changes: waiting.map((code) => ({
        label: code,
        before: 'waits for its time',
        after: 'follows as soon as the Region before has passed',
      })),
      changeNote: 'Waits between Regions are left out, quiet hours among them.',
      checks: [
        {
          id: 'soaks',
          status: 'ok',
          text: 'Each Region is still soaked, and its gate still decides.',
        },
        {
          id: 'bake',
          status: 'warning',
          text: `${listOf(waiting)} ${waiting.length === 1 ? 'starts' : 'start'} on less experience than the strategy asks for.`,
        },
      ],
      agreement: 'Nobody else. It goes to the audit log with your name and reason.',
      verb: `Promote to ${count(waiting.length, 'Region')}`,
      reason: 'required',
    },
  };
}

/** Once it has ended, of a release that is not marked: a gate that turns it round marks it by itself. */
function markBadOf(
  context: VerbContext,
  { facts, version, release }: ControlsAbout,
): PipelineControls['markBad'] {
  if (facts.kind !== 'deployment' || release === null || release.bad !== null) return null;
  if (!isEnded(facts.state) || facts.startedAt === null) return null;
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
