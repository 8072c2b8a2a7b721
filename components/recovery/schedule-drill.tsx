'use client';

import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select, TextArea, TextField } from '#components/ui/field.tsx';
import { type ActionResult, reasonOf } from '#components/ui/model.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { DrillSchedule, DrillsModel } from './model.ts';

interface ScheduleDrillProps {
  schedule: DrillsModel['schedule'];
  action: (schedule: DrillSchedule) => Promise<ActionResult>;
}

/**
 * Enters a drill into the calendar. When its time comes it is requested in the name of who scheduled it, and asks for approval like
 * everything else; what cannot be undone a person requests.
 */
export function ScheduleDrill({ schedule, action }: ScheduleDrillProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button reason={reasonOf(schedule.permission)} onClick={() => setOpen(true)}>
        Schedule a drill
      </Button>
      {open ? <ScheduleDialog schedule={schedule} action={action} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

/** What happens at its time, where that is not that it asks for approval. */
const WHEN_DUE: Readonly<Record<string, string>> = {
  switchover: 'You are told when its time comes. It cannot be undone, so a person requests it.',
};

function ScheduleDialog({ schedule, action, onClose }: ScheduleDrillProps & { onClose: () => void }) {
  const { levels, regions } = schedule;
  const now = useNow();
  const [level, setLevel] = useState(levels[0]?.value ?? '');
  const [region, setRegion] = useState(regions[0] ?? '');
  const [at, setAt] = useState('');
  const [reason, setReason] = useState('');
  const { busy, failure, run } = useAction(onClose);
  const time = Date.parse(`${at}Z`);
  const blocked = Number.isNaN(time)
    ? 'Choose a time first.'
    : time <= now
      ? 'That time has passed. Choose a later one.'
      : reason.trim() === ''
        ? 'Write a reason first.'
        : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Schedule a drill"
      footer={
        <>
          <span className="why start">
            {blocked ?? WHEN_DUE[level] ?? 'It asks for approval when its time comes.'}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone="primary"
            busy={busy}
            reason={blocked}
            onClick={() =>
              run(() => action({ level, region, at: new Date(time).toISOString(), reason: reason.trim() }))
            }
          >
            Schedule
          </Button>
        </>
      }
    >
      <FailureNote failure={failure} verb="Not scheduled" />
      <Select
        label="Level"
        value={level}
        options={levels}
        hint={levels.find(({ value }) => value === level)?.hint}
        onChange={(event) => setLevel(event.target.value)}
      />
      <Select
        label="Region"
        value={region}
        options={regions.map((code) => ({ value: code, label: code }))}
        onChange={(event) => setRegion(event.target.value)}
      />
      <TextField
        label="When, UTC"
        type="datetime-local"
        value={at}
        onChange={(event) => setAt(event.target.value)}
      />
      <TextArea
        label={
          <>
            Reason <span className="muted regular">needed, kept in audit</span>
          </>
        }
        value={reason}
        maxLength={1000}
        onChange={(event) => setReason(event.target.value)}
      />
    </Dialog>
  );
}
