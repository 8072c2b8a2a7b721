'use client';

import { useId, useState } from 'react';
import { Select, TextField } from '#components/ui/field.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { type RepeatKey, repeats } from './freeze-form.ts';
import type { FreezeValues } from './model.ts';
import { localTime, readersZone } from './zones.ts';

interface WhenFieldsProps {
  values: FreezeValues;
  fields: Readonly<Record<string, string>>;
  /** Whether it recurs, and when one of one time begins, is settled. */
  fixed: boolean;
  onChange: (change: Partial<FreezeValues>) => void;
}

/** When it is in force: once from and until, or again and again on the clock of one zone. */
export function WhenFields({ values, fields, fixed, onChange }: WhenFieldsProps) {
  const zones = useId();
  return (
    <>
      {fixed ? null : (
        <div className="field">
          <Segmented
            label="How often"
            value={values.recurs ? 'again' : 'once'}
            options={[
              { value: 'once', label: 'Once' },
              { value: 'again', label: 'Again and again' },
            ]}
            onChange={(value) =>
              onChange(
                value === 'again'
                  ? { recurs: true, start: values.start || tonight(values.zone), end: '' }
                  : { recurs: false, start: '', end: '' },
              )
            }
          />
        </div>
      )}
      <TextField
        label="Time zone"
        list={zones}
        value={values.zone}
        error={fields['recurrence.zone']}
        hint={values.recurs ? 'its clock decides, also when the clocks change' : 'of the times below'}
        onChange={(event) => onChange({ zone: event.target.value })}
      />
      <datalist id={zones}>
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      {values.recurs ? (
        <Recurring values={values} fields={fields} onChange={onChange} />
      ) : (
        <div className="field-pair">
          {fixed ? null : (
            <TextField
              label="From"
              type="datetime-local"
              hint="empty: now"
              value={values.start}
              error={fields.startsAt}
              onChange={(event) => onChange({ start: event.target.value })}
            />
          )}
          <TextField
            label="Until"
            type="datetime-local"
            hint="empty: until somebody lifts it"
            value={values.end}
            error={fields.endsAt}
            onChange={(event) => onChange({ end: event.target.value })}
          />
        </div>
      )}
    </>
  );
}

function Recurring({ values, fields, onChange }: Omit<WhenFieldsProps, 'fixed'>) {
  const options = repeats(values.start);
  const fitting = options.find(({ rule }) => rule === values.rule)?.value ?? 'own';
  const [chosen, setChosen] = useState<RepeatKey>(fitting);
  const own = chosen === 'own';
  return (
    <>
      <div className="field-pair">
        <TextField
          label="First begins"
          type="datetime-local"
          value={values.start}
          error={fields['recurrence.start']}
          onChange={(event) => {
            const start = event.target.value;
            const rule = repeats(start).find(({ value }) => value === chosen)?.rule;
            onChange({ start, ...(rule ? { rule } : {}) });
          }}
        />
        <TextField
          label="Lasts, hours"
          inputMode="decimal"
          value={values.hours}
          error={fields['recurrence.durationMinutes']}
          onChange={(event) => onChange({ hours: event.target.value })}
        />
        <Select
          label="Comes again"
          value={chosen}
          options={options}
          onChange={(event) => {
            const picked = options.find(({ value }) => value === event.target.value);
            if (!picked) return;
            setChosen(picked.value);
            if (picked.rule !== null) onChange({ rule: picked.rule });
          }}
        />
        <TextField
          label="Until"
          type="datetime-local"
          hint="empty: for good"
          value={values.end}
          error={fields.endsAt}
          onChange={(event) => onChange({ end: event.target.value })}
        />
      </div>
      <TextField
        label="Rule"
        className="mono"
        hint="RFC 5545, without UNTIL"
        readOnly={!own}
        value={values.rule}
        error={fields['recurrence.rule']}
        onChange={(event) => onChange({ rule: event.target.value })}
      />
    </>
  );
}

/** 22:00 of this day in the zone; in the reader's where that is none. */
function tonight(zone: string): string {
  try {
    return `${localTime(Date.now(), zone).date}T22:00`;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `${localTime(Date.now(), readersZone()).date}T22:00`;
  }
}
