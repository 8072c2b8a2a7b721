'use client';

import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { AREAS } from './areas.ts';

const OTHERS = [
  { keys: ['⌘', 'K'], does: 'Go to or run' },
  { keys: ['J'], does: 'Next row' },
  { keys: ['K'], does: 'Row before' },
  { keys: ['Enter'], does: 'Open the row' },
  { keys: ['/'], does: 'Search this page' },
  { keys: ['A'], does: 'Approvals: to Approve; Enter approves' },
  { keys: ['R'], does: 'Approvals: the reason, then Reject' },
  { keys: ['C'], does: 'Approvals: comment' },
  { keys: ['Esc'], does: 'Close' },
] as const;

/** Every key the console knows. Abort has none on purpose. */
export default function ShortcutList({ onClose }: { onClose: () => void }) {
  const rows = [
    ...AREAS.map((area) => ({ keys: ['G', area.key2.toUpperCase()], does: area.label })),
    ...OTHERS,
  ];
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Keyboard shortcuts"
      description="Abort has no shortcut: nobody should abort by accident."
      footer={<Button onClick={onClose}>Close</Button>}
    >
      <dl className="shortcuts">
        {rows.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
