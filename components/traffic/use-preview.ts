'use client';

import { useEffect, useRef, useState } from 'react';
import type { ComposerActions, Preview, PreviewResult, ShiftRequest } from './model.ts';

const SETTLE_MS = 250;

export interface PreviewState {
  /** The last preview that answered; kept while a newer one is asked for. */
  preview: Preview | null;
  problem: Extract<PreviewResult, { ok: false }> | null;
  pending: boolean;
}

const NOTHING: PreviewState = { preview: null, problem: null, pending: false };

/** Asks for a preview when the request has settled; an answer to an older request is dropped. */
export function usePreview(request: ShiftRequest | null, preview: ComposerActions['preview']): PreviewState {
  const [state, setState] = useState<PreviewState>(NOTHING);
  const latest = useRef(0);
  const key = request === null ? null : JSON.stringify(request);
  useEffect(() => {
    latest.current += 1;
    const mine = latest.current;
    if (key === null) return;
    const timer = setTimeout(async () => {
      setState((before) => ({ ...before, pending: true }));
      const result = await preview(JSON.parse(key)).catch(
        (): PreviewResult => ({
          ok: false,
          message: 'The console did not answer. Nothing was requested; change a value to ask again.',
        }),
      );
      if (mine !== latest.current) return;
      setState(
        result.ok
          ? { preview: result.preview, problem: null, pending: false }
          : { preview: null, problem: result, pending: false },
      );
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [key, preview]);
  return request === null ? NOTHING : state;
}
