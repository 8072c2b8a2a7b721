import { TextArea } from './field.tsx';

interface RequestReasonProps {
  /** What is worth saying of this kind of request. */
  placeholder: string;
  value: string;
  onChange: (reason: string) => void;
}

/** Why a request is made: whoever decides on it reads it, and the audit log keeps it. */
export function RequestReason({ placeholder, value, onChange }: RequestReasonProps) {
  return (
    <div className="spaced">
      <TextArea
        label={
          <>
            Reason <span className="muted regular">needed, shown to the approver, kept in audit</span>
          </>
        }
        placeholder={placeholder}
        maxLength={1000}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
