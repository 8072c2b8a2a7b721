'use client';

import { useState } from 'react';
import { Age } from '#components/ui/age.tsx';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select, TextArea } from '#components/ui/field.tsx';
import { CellHead, DefinitionList } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { RecoveryPolicyModel, SettingsActions } from './model.ts';

/** What Meridian does by itself when a Region is seen failing: recommend, or send its readers elsewhere. */
export function Policies({ policy, actions }: { policy: RecoveryPolicyModel; actions: SettingsActions }) {
  const [draft, setDraft] = useState({
    onFailing: policy.onFailing,
    accepts: [...policy.accepts],
    reason: '',
  });
  const action = useAction(() => setDraft((before) => ({ ...before, reason: '' })));
  const chosen = policy.choices.find(({ value }) => value === draft.onFailing);
  const same =
    draft.onFailing === policy.onFailing &&
    draft.accepts.toSorted().join() === policy.accepts.toSorted().join();
  const missing = same
    ? 'Change something first.'
    : draft.reason.trim() === ''
      ? 'Write a reason first.'
      : undefined;
  const accept = (code: string, on: boolean) =>
    setDraft((before) => ({
      ...before,
      accepts: on ? [...before.accepts, code] : before.accepts.filter((known) => known !== code),
    }));
  return (
    <>
      <div className="band pad">
        <CellHead
          title="When a Region is seen failing"
          note="two vantage points outside it agree; the writer is never moved without people"
        />
        <DefinitionList
          items={[
            { term: 'Now', description: policy.now },
            {
              term: 'Set by',
              description:
                policy.set === null ? (
                  'nobody yet: this is the default'
                ) : (
                  <>
                    {policy.set.by}, <Age at={policy.set.at} />: {policy.set.reason}
                  </>
                ),
            },
            { term: 'It did', description: policy.did },
          ]}
        />
      </div>
      <div className="band pad">
        <CellHead title="Change it" note="an admin who neither requests nor approves; kept in audit" />
        <div className="stack narrow">
          <Select
            label="Meridian"
            value={draft.onFailing}
            options={policy.choices}
            hint={chosen?.hint}
            error={action.failure?.fields?.onFailing}
            onChange={(event) => setDraft({ ...draft, onFailing: event.target.value })}
          />
          {draft.onFailing === 'recommend' ? null : (
            <fieldset className="spaced">
              <legend className="label">Accepted ahead, for nobody is asked when it acts</legend>
              {policy.ahead.map(({ code, text }) => (
                <label key={code} className="check small">
                  <input
                    type="checkbox"
                    checked={draft.accepts.includes(code)}
                    onChange={(event) => accept(code, event.target.checked)}
                  />
                  {text}
                </label>
              ))}
            </fieldset>
          )}
          <div className="spaced">
            <TextArea
              label={
                <>
                  Reason <span className="muted regular">needed, kept in audit</span>
                </>
              }
              value={draft.reason}
              maxLength={1000}
              error={action.failure?.fields?.reason}
              onChange={(event) => setDraft({ ...draft, reason: event.target.value })}
            />
          </div>
          <FailureNote failure={action.failure} verb="Not set" />
          <div className="spaced">
            <Button
              tone="primary"
              busy={action.busy}
              reason={reasonOf(policy.permission) ?? missing}
              onClick={() =>
                action.run(() =>
                  actions.setRecoveryPolicy({
                    onFailing: draft.onFailing,
                    accepts: draft.onFailing === 'recommend' ? [] : draft.accepts,
                    reason: draft.reason.trim(),
                  }),
                )
              }
            >
              Set policy
            </Button>
          </div>
        </div>
      </div>
    </>
  );
}
