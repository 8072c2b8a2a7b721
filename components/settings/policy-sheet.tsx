'use client';

import { useState } from 'react';
import { ActParts } from '#components/ui/act-parts.tsx';
import { Button } from '#components/ui/button.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { Sheet } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextArea } from '#components/ui/field.tsx';
import { Note } from '#components/ui/note.tsx';
import { PreviewQueries } from '#components/ui/preview-queries.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { useAction } from '#components/ui/use-action.ts';
import { usePreview } from '#components/ui/use-preview.ts';
import type { PolicyKey } from '#lib/domain/approval/change.ts';
import type { PolicyActions, PolicyFormModel, PolicyPreviewModel } from './model.ts';
import { AskedFields, KeyFields } from './policy-fields.tsx';
import {
  type PolicyValues,
  policyBlocker,
  policyProblems,
  policyRequest,
  policyValues,
  previewFields,
  sameAsked,
  setThere,
} from './policy-form.ts';

interface PolicySheetProps {
  /** For what a policy is set at first; another may be chosen. */
  chosen: PolicyKey;
  form: PolicyFormModel;
  actions: PolicyActions;
  onClose: () => void;
}

/** Sets who must agree to what, or removes what is set for just that. */
export default function PolicySheet(props: PolicySheetProps) {
  return (
    <PreviewQueries>
      <PolicyForm {...props} />
    </PreviewQueries>
  );
}

const CHANGED = 'It was changed since you opened this. Look again first.';

function PolicyForm({ chosen, form, actions, onClose }: PolicySheetProps) {
  const [values, setValues] = useState(() => policyValues(form.set, chosen));
  const [reason, setReason] = useState('');
  const action = useAction(onClose);
  const set = (change: Partial<PolicyValues>) => setValues((before) => ({ ...before, ...change }));
  const lookAt = (key: PolicyKey) => {
    setValues(policyValues(form.set, key));
    action.clear();
  };
  const request = policyRequest(values);
  const { preview, problem, pending } = usePreview('policy preview', request, actions.preview);
  const isStale = !sameAsked(setThere(form.set, values.key), values.replaces);
  const refusal = pending ? undefined : (preview?.refusal ?? undefined);
  const blocked = isStale ? CHANGED : (policyBlocker(values, reason) ?? refusal);
  const fields = { ...action.failure?.fields, ...previewFields(problem?.fields), ...policyProblems(values) };
  const send = () => {
    if (request === null) return;
    const { replaces } = values;
    action.run(() => actions.change({ ...request, reason: reason.trim(), replaces }));
  };
  return (
    <Sheet
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Set a policy"
      note="who must agree"
      footer={
        <>
          <FailureNote failure={action.failure} verb={values.removes ? 'Not removed' : 'Not set'} />
          <span className="why">{blocked ?? 'It goes to the audit log with your name.'}</span>
          <Button onClick={onClose}>Not now</Button>
          <Button tone="primary" busy={action.busy} reason={blocked} onClick={send}>
            {values.removes ? 'Remove the policy' : 'Set the policy'}
          </Button>
        </>
      }
    >
      <ActParts
        change={{
          content: (
            <>
              <KeyFields form={form} value={values.key} fields={fields} onChange={lookAt} />
              {isStale ? (
                <div className="spaced">
                  <Note status="held" title="It was changed since you opened this.">
                    <button type="button" className="link" onClick={() => lookAt(values.key)}>
                      Look again
                    </button>
                  </Note>
                </div>
              ) : null}
              {values.replaces === null ? null : (
                <div className="spaced">
                  <Segmented
                    label="Policy for just that"
                    value={values.removes ? 'remove' : 'set'}
                    options={[
                      { value: 'set', label: 'Change it' },
                      { value: 'remove', label: 'Remove it' },
                    ]}
                    onChange={(what) => set({ removes: what === 'remove' })}
                  />
                </div>
              )}
              {values.removes ? (
                <p className="small spaced">The more general policy holds then, or the default.</p>
              ) : (
                <AskedFields form={form} values={values} fields={fields} onChange={set} />
              )}
              <Changes changes={preview?.changes ?? []} pending={pending} />
            </>
          ),
        }}
        risk={{
          content: (
            <Risks
              preview={preview}
              problem={problem?.message ?? null}
              isComplete={request !== null}
              pending={pending}
            />
          ),
        }}
        agreement={{
          content: (
            <>
              <p className="small">
                Nobody else. An admin sets it; who may request or approve operations cannot ask for less.
              </p>
              <div className="spaced">
                <TextArea
                  label={
                    <>
                      Reason <span className="muted regular">needed, kept in audit</span>
                    </>
                  }
                  value={reason}
                  maxLength={1000}
                  error={action.failure?.fields?.reason}
                  onChange={(event) => setReason(event.target.value)}
                />
              </div>
            </>
          ),
        }}
      />
    </Sheet>
  );
}

interface ChangesProps {
  changes: PolicyPreviewModel['changes'];
  pending: boolean;
}

/** What is asked differently then: before → after. */
function Changes({ changes, pending }: ChangesProps) {
  if (changes.length === 0) return null;
  return (
    <table className="tight flush spaced busy-region" aria-busy={pending} aria-label="What will change">
      <tbody>
        {changes.map(({ label, before, after }) => (
          <tr key={`${label} ${before} ${after}`}>
            <td>{label}</td>
            <td>
              <span className="ba">{before} →</span> <b>{after}</b>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface RisksProps {
  preview: PolicyPreviewModel | null;
  problem: string | null;
  /** Whether every field fits, so that it can be looked at. */
  isComplete: boolean;
  pending: boolean;
}

/** What could go wrong: whether it asks for less, and who could agree at present. */
function Risks({ preview, problem, isComplete, pending }: RisksProps) {
  if (problem !== null)
    return (
      <Note status="held" title="What it would change is not known.">
        {problem}
      </Note>
    );
  if (preview === null)
    return (
      <p className="small muted">
        {isComplete ? 'Looking at what it would change…' : 'Correct what is marked first.'}
      </p>
    );
  return (
    <div className="busy-region" aria-busy={pending}>
      <CheckList checks={preview.checks} />
    </div>
  );
}
