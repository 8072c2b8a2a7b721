'use client';

import { useState } from 'react';
import { AcceptList } from '#components/ui/accept-list.tsx';
import { ActParts } from '#components/ui/act-parts.tsx';
import { Button } from '#components/ui/button.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { Sheet } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextArea, TextField } from '#components/ui/field.tsx';
import type { Check } from '#components/ui/model.ts';
import { PreviewQueries } from '#components/ui/preview-queries.tsx';
import { useAction } from '#components/ui/use-action.ts';
import { endOf, freezeBlocker, freezeRequest, isRollback, recurrenceOf } from './freeze-form.ts';
import type { CreateModel, FreezesActions, FreezeValues } from './model.ts';
import { Occurrences } from './occurrences.tsx';
import { WhatFields } from './what-fields.tsx';
import { WhenFields } from './when-fields.tsx';

interface FreezeSheetProps {
  title: string;
  initial: FreezeValues;
  /** What may be chosen for a new one. */
  create?: CreateModel;
  /** The freeze that is changed; what it covers stays. */
  changes?: string;
  actions: FreezesActions;
  onClose: () => void;
}

const ROLLBACK = 'rollback-frozen';

/** One sheet for a freeze that is planned and one that is changed: what, when, what it does, why. */
export default function FreezeSheet(props: FreezeSheetProps) {
  return (
    <PreviewQueries>
      <FreezeForm {...props} />
    </PreviewQueries>
  );
}

function FreezeForm(props: FreezeSheetProps) {
  const { title, initial, create, changes, actions, onClose } = props;
  const now = useNow();
  const [values, setValues] = useState(initial);
  const [accepted, setAccepted] = useState<readonly string[]>([]);
  const { busy, failure, run } = useAction(onClose);
  const set = (change: Partial<FreezeValues>) => setValues((before) => ({ ...before, ...change }));
  const agreed = accepted.includes(ROLLBACK) || changes !== undefined;
  const blocked = freezeBlocker(values, agreed, now);
  const fields = failure?.fields ?? {};
  const checks = checksOf(values, create);
  const send = () => {
    const request = freezeRequest(values, agreed);
    return changes === undefined ? actions.create(request) : actions.change(changes, request);
  };
  return (
    <Sheet
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={title}
      footer={
        <>
          <FailureNote failure={failure} verb={changes === undefined ? 'Not frozen' : 'Not changed'} />
          <span className="why">{blocked ?? 'It goes to the audit log with your name.'}</span>
          <Button onClick={onClose}>Not now</Button>
          <Button tone="primary" busy={busy} reason={blocked} onClick={() => run(send)}>
            {changes === undefined ? 'Freeze' : 'Change it'}
          </Button>
        </>
      }
    >
      <ActParts
        change={{
          content: (
            <>
              <TextField
                label="Name"
                hint="what people call it; it stands at every button that it blocks"
                maxLength={80}
                value={values.name}
                error={fields.name}
                onChange={(event) => set({ name: event.target.value })}
              />
              {create === undefined ? null : (
                <WhatFields create={create} values={values} fields={fields} onChange={set} />
              )}
              <WhenFields values={values} fields={fields} fixed={changes !== undefined} onChange={set} />
            </>
          ),
        }}
        risk={{
          content: (
            <>
              {checks.length === 0 ? null : (
                <AcceptList checks={checks} accepted={accepted} onAccept={setAccepted} />
              )}
              <Occurrences
                recurrence={recurrenceOf(values)}
                endsAt={endOf(values)}
                zone={values.zone}
                preview={actions.preview}
              />
            </>
          ),
        }}
        agreement={{
          content: (
            <>
              <p className="small">Nobody else. Operators, approvers and admins may freeze and lift.</p>
              <div className="spaced">
                <TextField
                  label="Incident"
                  type="url"
                  placeholder="https://"
                  value={values.incidentUrl}
                  error={fields.incidentUrl}
                  onChange={(event) => set({ incidentUrl: event.target.value })}
                />
                <TextArea
                  label={
                    <>
                      Reason <span className="muted regular">needed, shown to everybody it holds</span>
                    </>
                  }
                  value={values.reason}
                  maxLength={500}
                  error={fields.reason}
                  onChange={(event) => set({ reason: event.target.value })}
                />
              </div>
            </>
          ),
        }}
      />
    </Sheet>
  );
}

function checksOf(
  values: FreezeValues,
  create: CreateModel | undefined,
): readonly (Check & { accept?: string })[] {
  if (create === undefined) return [];
  if (!isRollback(values)) return create.checks;
  return [
    ...create.checks,
    {
      id: ROLLBACK,
      status: 'warning',
      text: create.rollbackWarning,
      accept: 'Freeze rollbacks all the same',
    },
  ];
}
