import { Select } from '#components/ui/field.tsx';
import type { CreateModel, FreezeValues } from './model.ts';

interface WhatFieldsProps {
  create: CreateModel;
  values: FreezeValues;
  fields: Readonly<Record<string, string>>;
  onChange: (change: Partial<FreezeValues>) => void;
}

/** Environment, Region and kind of action of a freeze. */
export function WhatFields({ create, values, fields, onChange }: WhatFieldsProps) {
  return (
    <div className="field-pair">
      <Select
        label="What"
        value={values.kind}
        options={create.kinds}
        error={fields.actionKind ?? fields.kind}
        onChange={(event) => onChange({ kind: event.target.value })}
      />
      <Select
        label="Region"
        value={values.region}
        options={create.regions}
        error={fields.region}
        onChange={(event) => onChange({ region: event.target.value })}
      />
      <Select
        label="Environment"
        value={values.environment}
        options={create.environments}
        error={fields.environment}
        onChange={(event) => onChange({ environment: event.target.value })}
      />
    </div>
  );
}
