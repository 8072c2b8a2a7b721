'use client';

import { useState } from 'react';

/** Copies and says so; where the browser forbids it, says that instead. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    const outcome = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      () => 'Not allowed here: select and copy',
    );
    setSaid(outcome);
    setTimeout(() => setSaid(null), 2000);
  };
  return (
    <button type="button" className="copy" onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}
