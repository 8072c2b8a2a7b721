import type { OperationStep } from '#components/operations/model.ts';
import type { Status } from '#components/ui/model.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import { readStoredEvidence } from '#lib/services/operations/stored.ts';

export type Step = OperationDetail['operation']['steps'][number];

const STEP_STATUS: Record<string, Status> = {
  waiting: 'waiting',
  running: 'running',
  done: 'ok',
  skipped: 'ok',
  omitted: 'warning',
  holding: 'held',
  failed: 'critical',
  unknown: 'unknown',
  reverted: 'held',
  'not-run': 'waiting',
};

/** One step of a run as its page lists it. */
export function stepModel(
  { operation }: OperationDetail,
  step: Step,
  about: { usualSeconds: number | null; planned: PlannedStep | undefined; now: Date },
): OperationStep {
  const began = operation.startedAt?.getTime();
  const calls = operation.calls.filter(({ stepKey }) => stepKey === step.key);
  const end = step.endedAt ?? (step.state === 'running' || step.state === 'holding' ? about.now : null);
  const detail = withTitles(detailOf(operation, step) ?? '', operation.steps);
  const { group } = about.planned ?? {};
  return {
    number: step.position + 1,
    title: step.title,
    status: stepStatus(step),
    ...(detail === '' ? {} : { detail }),
    region: step.region ?? 'global',
    beganSeconds:
      step.startedAt && began !== undefined ? Math.max(0, (step.startedAt.getTime() - began) / 1_000) : null,
    tookSeconds:
      step.startedAt && end ? Math.max(0, (end.getTime() - step.startedAt.getTime()) / 1_000) : null,
    usualSeconds: about.usualSeconds,
    irreversible: step.irreversible,
    ...(group ? { group } : {}),
    evidence: [
      ...readStoredEvidence(step.evidence).map(({ at, text }) => ({ at, what: text, outcome: '' })),
      ...calls.map((call) => ({
        at: call.at.toISOString(),
        what: `${call.service}:${call.action} ${call.region}`,
        outcome: `${call.status}, ${call.durationMs} ms`,
        ...(call.requestId ? { requestId: call.requestId } : {}),
      })),
    ].sort((a, b) => a.at.localeCompare(b.at)),
    commands: step.cli,
  };
}

/** How a step stands, as its shape says it. */
export function stepStatus(step: Pick<Step, 'state' | 'output'>): Status {
  if (step.state === 'done' && fellShort(step.output)) return 'warning';
  return STEP_STATUS[step.state] ?? 'unknown';
}

/** A note of a run that names steps by their keys, told by their titles. */
export function withTitles(note: string, steps: readonly { key: string; title: string }[]): string {
  const longestFirst = steps.toSorted((a, b) => b.key.length - a.key.length);
  return longestFirst.reduce((text, { key, title }) => text.replaceAll(`${key}: `, `“${title}”: `), note);
}

/** What a step that may do without its Region says when it had to. */
const SHORT: Readonly<Record<string, unknown>> = {
  reached: false,
  fenced: 'unreachable',
  ordered: false,
  restored: false,
  salvaged: false,
};

/** Whether the step passed without what it was there for, because it may: said with its outcome, never hidden. */
export function fellShort(output: unknown): boolean {
  if (typeof output !== 'object' || output === null) return false;
  return Object.entries(output).some(([key, value]) => key in SHORT && SHORT[key] === value);
}

/** Evidence says what was seen; what holds, failed or was left out says why first. */
function detailOf({ events }: OperationDetail['operation'], step: Step): string | undefined {
  if (step.state === 'not-run') return 'not run';
  const note = events.findLast(({ stepKey, detail }) => stepKey === step.key && noteOf(detail) !== null);
  const seen = readStoredEvidence(step.evidence).at(-1)?.text;
  const saysWhy =
    ['holding', 'failed', 'unknown', 'skipped', 'omitted'].includes(step.state) || fellShort(step.output);
  const why = note === undefined ? undefined : (noteOf(note.detail) ?? undefined);
  return saysWhy ? (why ?? seen) : (seen ?? why);
}

function noteOf(detail: unknown): string | null {
  if (typeof detail !== 'object' || detail === null || !('note' in detail)) return null;
  return typeof detail.note === 'string' && detail.note !== '' ? detail.note : null;
}
