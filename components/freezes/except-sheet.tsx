'use client';

import { useState } from 'react';
import { ActParts } from '#components/ui/act-parts.tsx';
import { Button } from '#components/ui/button.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { Sheet } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select, TextArea } from '#components/ui/field.tsx';
import type { ActionResult } from '#components/ui/model.ts';
import { Segmented } from '#components/ui/segmented.tsx';
import { useAction } from '#components/ui/use-action.ts';
import type { ExceptForm, ExceptRequest } from './model.ts';
import { DayTime } from './when.tsx';

interface ExceptSheetProps {
  form: ExceptForm;
  action: (request: ExceptRequest) => Promise<ActionResult>;
  onClose: () => void;
}

const LASTS = [
  { value: '1', label: '1 hour' },
  { value: '4', label: '4 hours' },
  { value: '12', label: '12 hours' },
  { value: '24', label: '1 day' },
  { value: '72', label: '3 days' },
  { value: '168', label: '7 days' },
] as const;

/** Lets one kind of action of somebody else through one freeze. */
export default function ExceptSheet({ form, action, onClose }: ExceptSheetProps) {
  const now = useNow();
  const [environment, setEnvironment] = useState(form.environments[0] ?? '');
  const [region, setRegion] = useState(form.regions[0]?.value ?? '');
  const [actionKind, setActionKind] = useState(form.actionKinds[0]?.value ?? 'deploy');
  const [person, setPerson] = useState(form.people[0]?.value ?? '');
  const [often, setOften] = useState<'once' | 'until'>('once');
  const [hours, setHours] = useState<string>(LASTS[1].value);
  const [reason, setReason] = useState('');
  const { busy, failure, run } = useAction(onClose);
  const endsAt = new Date(now + Number(hours) * 3_600_000).toISOString();
  const blocked = reason.trim().length < 3 ? 'Write a reason first.' : undefined;
  const fields = failure?.fields ?? {};
  return (
    <Sheet
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Let a change through “${form.title}”`}
      footer={
        <>
          <FailureNote failure={failure} verb="Not excepted" />
          <span className="why">{blocked ?? 'It goes to the audit log with your name.'}</span>
          <Button onClick={onClose}>Not now</Button>
          <Button
            tone="danger-solid"
            busy={busy}
            reason={blocked}
            onClick={() =>
              run(() =>
                action({
                  freeze: form.freeze,
                  environment,
                  region: region === '' ? null : region,
                  actionKind,
                  person: person === '' ? null : person,
                  once: often === 'once',
                  endsAt,
                  reason: reason.trim(),
                }),
              )
            }
          >
            Let it through
          </Button>
        </>
      }
    >
      <ActParts
        change={{
          right: (
            <>
              until <DayTime at={endsAt} />
            </>
          ),
          content: (
            <>
              <div className="field-pair">
                <Select
                  label="What"
                  value={actionKind}
                  options={form.actionKinds}
                  error={fields.actionKind}
                  onChange={(event) => {
                    const picked = form.actionKinds.find(({ value }) => value === event.target.value);
                    if (picked) setActionKind(picked.value);
                  }}
                />
                <Select
                  label="Region"
                  value={region}
                  options={form.regions}
                  error={fields.region}
                  onChange={(event) => setRegion(event.target.value)}
                />
                <Select
                  label="Environment"
                  value={environment}
                  options={form.environments.map((name) => ({ value: name, label: name }))}
                  error={fields.environment}
                  onChange={(event) => setEnvironment(event.target.value)}
                />
                <Select
                  label="Whose"
                  value={person}
                  options={form.people}
                  error={fields.person}
                  onChange={(event) => setPerson(event.target.value)}
                />
                <Select
                  label="Lasts"
                  value={hours}
                  options={LASTS}
                  error={fields.endsAt}
                  onChange={(event) => setHours(event.target.value)}
                />
              </div>
              <div className="field">
                <Segmented
                  label="How often"
                  value={often}
                  options={[
                    { value: 'once', label: 'One operation' },
                    { value: 'until', label: 'All until it ends' },
                  ]}
                  onChange={setOften}
                />
              </div>
            </>
          ),
        }}
        risk={{
          content: (
            <CheckList
              checks={[
                {
                  id: 'held',
                  status: 'warning',
                  text: 'What this freeze holds at its gate goes on within a second.',
                },
                {
                  id: 'own',
                  status: 'ok',
                  text: 'Your own requests do not go through by it.',
                },
              ]}
            />
          ),
        }}
        agreement={{
          content: (
            <>
              <p className="small">Nobody else: you agree for whoever asks. It is named where it is used.</p>
              <div className="spaced">
                <TextArea
                  label={
                    <>
                      Reason <span className="muted regular">needed, kept with what goes through</span>
                    </>
                  }
                  value={reason}
                  maxLength={500}
                  error={fields.reason}
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
