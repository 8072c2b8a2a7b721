import { CopyBlock } from '#components/ui/code.tsx';
import { Note } from '#components/ui/note.tsx';

/** A secret that was just made: it is shown this once. `note`: what it is for, or why it cannot be shown again. */
export function SecretOnce({ secret, label, note }: { secret: string | null; label: string; note: string }) {
  if (secret === null) return null;
  return (
    <div className="band pad">
      <Note status="warning" title="Copy it now; it is not shown again.">
        {note}
      </Note>
      <CopyBlock copy={secret} label={label}>
        {secret}
      </CopyBlock>
    </div>
  );
}
