'use client';

import { Button } from '#components/ui/button.tsx';
import type { ActionResult } from '#components/ui/model.ts';
import { notify } from '#components/ui/toast-store.ts';
import { useAction } from '#components/ui/use-action.ts';

/** Walks the whole chain again; the answer becomes the page's heading. */
export function VerifyButton({
  reason,
  verify,
}: {
  reason?: string | undefined;
  verify: () => Promise<ActionResult>;
}) {
  const { busy, run } = useAction();
  const again = async () => {
    const result = await verify();
    if (!result.ok) notify({ status: 'critical', title: 'Not verified.', text: result.message });
    return result;
  };
  return (
    <Button busy={busy} reason={reason} onClick={() => run(again)}>
      {busy ? 'Verifying' : 'Verify'}
    </Button>
  );
}
