import { type ComponentProps, type ReactNode, useId } from 'react';
import { StatusShape } from './status.tsx';

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  /** Gets the ids the control must carry. */
  children: (control: { id: string; 'aria-invalid'?: true; 'aria-describedby'?: string }) => ReactNode;
}

/** A label, a control, and below it either the hint or what is wrong and what is allowed. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const below = `${id}-below`;
  const described = error !== undefined || hint !== undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(error === undefined ? {} : { 'aria-invalid': true as const }),
        ...(described ? { 'aria-describedby': below } : {}),
      })}
      {error !== undefined ? (
        <div className="err" id={below} role="alert">
          <StatusShape status="critical" />
          <span>{error}</span>
        </div>
      ) : hint !== undefined ? (
        <div className="hint" id={below}>
          {hint}
        </div>
      ) : null}
    </div>
  );
}

type TextFieldProps = Omit<ComponentProps<'input'>, 'id'> & {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
};

export function TextField({ label, hint, error, className = '', ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => <input {...input} {...control} className={`input ${className}`.trim()} />}
    </Field>
  );
}

type TextAreaProps = Omit<ComponentProps<'textarea'>, 'id'> & {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
};

export function TextArea({ label, hint, error, ...input }: TextAreaProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => <textarea rows={2} {...input} {...control} />}
    </Field>
  );
}

type SelectProps = Omit<ComponentProps<'select'>, 'id'> & {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  options: readonly { value: string; label: string }[];
};

/** The browser's own select: right on a phone, right with a keyboard, no script. */
export function Select({ label, hint, error, options, ...select }: SelectProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <select {...select} {...control}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
