import { Button } from '#components/ui/button.tsx';
import { Select, TextField } from '#components/ui/field.tsx';
import { POLICY_RISKS } from '#lib/domain/approval/approval.ts';
import type { PolicyKey } from '#lib/domain/approval/change.ts';
import { MOST_RULES, RULE_ROLES } from '#lib/domain/approval/rules.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import type { PolicyFormModel } from './model.ts';
import { type PolicyValues, type RuleValues, withRule } from './policy-form.ts';

type Fields = Readonly<Record<string, string>>;

const RISK_WORDS = {
  '*': 'any risk',
  ordinary: 'ordinary risk',
  high: 'high risk',
} as const satisfies Record<PolicyKey['risk'], string>;

interface KeyFieldsProps {
  form: PolicyFormModel;
  value: PolicyKey;
  fields: Fields;
  onChange: (key: PolicyKey) => void;
}

/** What a policy is for: environment, kind, risk. */
export function KeyFields({ form, value, fields, onChange }: KeyFieldsProps) {
  return (
    <div className="field-pair">
      <Select
        label="Kind of operation"
        value={value.kind}
        options={form.kinds}
        error={fields.kind}
        onChange={(event) => onChange({ ...value, kind: event.target.value })}
      />
      <Select
        label="Environment"
        value={value.environment}
        options={form.environments}
        error={fields.environment}
        onChange={(event) => onChange({ ...value, environment: event.target.value })}
      />
      <Select
        label="Risk"
        value={value.risk}
        options={POLICY_RISKS.map((risk) => ({ value: risk, label: RISK_WORDS[risk] }))}
        hint="high: a step cannot be undone, a check was accepted, or an exception"
        error={fields.risk}
        onChange={(event) =>
          onChange({ ...value, risk: POLICY_RISKS.find((risk) => risk === event.target.value) ?? '*' })
        }
      />
    </div>
  );
}

interface AskedFieldsProps {
  form: PolicyFormModel;
  values: PolicyValues;
  fields: Fields;
  onChange: (change: Partial<PolicyValues>) => void;
}

/** What it asks for: how many approvers, rules beside them, for how long a request waits, whether tokens approve. */
export function AskedFields({ form, values, fields, onChange }: AskedFieldsProps) {
  const { rules } = values;
  const setRule = (id: number, change: Partial<RuleValues>) =>
    onChange({ rules: rules.map((rule) => (rule.id === id ? { ...rule, ...change } : rule)) });
  return (
    <>
      <div className="field-pair">
        <TextField
          label="Approvers"
          inputMode="numeric"
          hint="who neither asked nor wrote the release"
          value={values.needed}
          error={fields.needed}
          onChange={(event) => onChange({ needed: event.target.value })}
        />
        <TextField
          label="Request expires after, minutes"
          inputMode="numeric"
          hint={expiryHint(values, form)}
          value={values.expiresMinutes}
          error={fields.expiresMinutes}
          onChange={(event) => onChange({ expiresMinutes: event.target.value })}
        />
      </div>
      {rules.map((rule, at) => (
        <RuleFields
          key={rule.id}
          number={at + 1}
          rule={rule}
          roles={form.roles}
          roleError={fields[`rules.${at}.role`]}
          countError={fields[`rules.${at}.count`]}
          onChange={(change) => setRule(rule.id, change)}
          onRemove={() => onChange({ rules: rules.filter(({ id }) => id !== rule.id) })}
        />
      ))}
      <div className="spaced">
        <Button
          reason={rules.length >= MOST_RULES ? `A policy holds ${MOST_RULES} rules at most.` : undefined}
          onClick={() => onChange({ rules: withRule(rules) })}
        >
          Add a rule
        </Button>{' '}
        <span className="muted small">{fields.rules ?? 'all of them are met, beside that number'}</span>
      </div>
      <label className="check small spaced">
        <input
          type="checkbox"
          checked={values.tokensApprove}
          onChange={(event) => onChange({ tokensApprove: event.target.checked })}
        />
        API tokens may approve
      </label>
    </>
  );
}

/** "24 h; 24 min in production, where time passes 60 times faster" */
function expiryHint({ key, expiresMinutes }: PolicyValues, { timeScales }: PolicyFormModel): string {
  const seconds = Number(expiresMinutes) * 60;
  if (!(seconds > 0)) return 'a day is 1440';
  const scale = timeScales[key.environment] ?? 1;
  const declared = durationWords(seconds);
  return scale === 1
    ? declared
    : `${declared}; ${durationWords(seconds / scale)} at ${key.environment}’s pace`;
}

interface RuleFieldsProps {
  number: number;
  rule: RuleValues;
  roles: PolicyFormModel['roles'];
  roleError: string | undefined;
  countError: string | undefined;
  onChange: (change: Partial<RuleValues>) => void;
  onRemove: () => void;
}

function RuleFields({ number, rule, roles, roleError, countError, onChange, onRemove }: RuleFieldsProps) {
  return (
    <fieldset className="spaced">
      <legend className="label">Rule {number}</legend>
      <div className="field-pair">
        <Select
          label="Role"
          value={rule.role}
          options={roles}
          error={roleError}
          onChange={(event) =>
            onChange({ role: RULE_ROLES.find((role) => role === event.target.value) ?? rule.role })
          }
        />
        <TextField
          label="How many"
          inputMode="numeric"
          value={rule.count}
          error={countError}
          onChange={(event) => onChange({ count: event.target.value })}
        />
      </div>
      <label className="check small spaced">
        <input
          type="checkbox"
          checked={rule.perRegion}
          onChange={(event) => onChange({ perRegion: event.target.checked })}
        />
        so many of each Region of the plan
      </label>
      <label className="check small">
        <input
          type="checkbox"
          checked={rule.onCall}
          onChange={(event) => onChange({ onCall: event.target.checked })}
        />
        counts only while its people are on duty
      </label>
      <Button tone="quiet" aria-label={`Remove rule ${number}`} onClick={onRemove}>
        Remove
      </Button>
    </fieldset>
  );
}
