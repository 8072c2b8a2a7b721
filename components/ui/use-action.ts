'use client';

import { useState, useTransition } from 'react';
import type { ActionResult } from './model.ts';
import { notify } from './toast-store.ts';

/** Runs a server action once at a time; keeps its refusal for the form and announces its success. */
export function useAction(onDone?: (result: Extract<ActionResult, { ok: true }>) => void) {
  const [busy, start] = useTransition();
  const [failure, setFailure] = useState<Extract<ActionResult, { ok: false }> | null>(null);
  const run = (action: () => Promise<ActionResult>) =>
    start(async () => {
      const result = await action().catch(
        (): ActionResult => ({
          ok: false,
          code: 'unreachable',
          message:
            'The console did not answer. Nothing is known about the outcome: look at Operations, then try again.',
        }),
      );
      if (!result.ok) {
        setFailure(result);
        return;
      }
      setFailure(null);
      if (result.message !== undefined) notify({ status: 'ok', title: result.message });
      onDone?.(result);
    });
  return { busy, failure, run, clear: () => setFailure(null) };
}
