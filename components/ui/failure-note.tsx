import type { ActionResult } from './model.ts';
import { Note } from './note.tsx';
import { Prose } from './prose.tsx';

/** What an act answered when it was refused or failed. A refusal is a rule at work: held, not red. */
export function FailureNote({
  failure,
  verb,
}: {
  failure: Extract<ActionResult, { ok: false }> | null;
  verb: string;
}) {
  if (failure === null) return null;
  const broken = failure.code === 'unreachable' || failure.code === 'internal';
  return (
    <Note status={broken ? 'critical' : 'held'} title={`${verb}.`}>
      <Prose text={failure.message} />
      {failure.requestId === undefined ? null : <span className="mono muted"> {failure.requestId}</span>}
    </Note>
  );
}
