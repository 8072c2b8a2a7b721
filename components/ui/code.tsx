import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';

/** A name a machine will read. */
export function Code({ children }: { children: ReactNode }) {
  return <code>{children}</code>;
}

/** Lines of evidence or a command. `copy` is what the clipboard gets. */
export function CopyBlock({ children, copy, label }: { children: ReactNode; copy?: string; label?: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a block that scrolls must be reachable by keyboard
    <section className="ev" aria-label={label} tabIndex={0}>
      {copy === undefined ? null : <CopyButton text={copy} />}
      {children}
    </section>
  );
}
