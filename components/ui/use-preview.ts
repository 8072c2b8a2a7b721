'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

const SETTLE_MS = 250;
/** A preview left open stays younger than this: its checks age, and its digest would be refused. */
const REFRESH_MS = 20_000;

/** What asking for a preview answers. */
export type PreviewAnswer<Preview> =
  | { ok: true; preview: Preview }
  | {
      ok: false;
      /** `refused`: a rule stands against it. Absent: nobody answered. */
      code?: string;
      message: string;
      fields?: Readonly<Record<string, string>>;
    };

interface PreviewState<Preview> {
  /** The last preview that answered; kept while a newer one is asked for. */
  preview: Preview | null;
  problem: Extract<PreviewAnswer<Preview>, { ok: false }> | null;
  pending: boolean;
}

const NOTHING = { preview: null, problem: null, pending: false } as const;

/** The preview of a request that has settled; of null, nothing. An answer to an older request is dropped. */
export function usePreview<Request, Preview>(
  /** "shift preview" */
  name: string,
  request: Request | null,
  ask: (request: Request) => Promise<PreviewAnswer<Preview>>,
): PreviewState<Preview> {
  const key = request === null ? null : JSON.stringify(request);
  const settled = useSettled(key);
  const { data, error, isPlaceholderData, isPending } = useQuery({
    queryKey: [name, settled],
    queryFn: () => ask(JSON.parse(settled ?? '')),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
    retry: false,
    gcTime: 0,
    networkMode: 'always',
  });
  if (key === null) return NOTHING;
  if (key !== settled || isPlaceholderData || isPending)
    return { preview: data?.ok === true ? data.preview : null, problem: null, pending: true };
  if (error !== null) return { preview: null, problem: UNREACHABLE, pending: false };
  return data.ok
    ? { preview: data.preview, problem: null, pending: false }
    : { preview: null, problem: data, pending: false };
}

export const UNREACHABLE = {
  ok: false,
  message: 'The console did not answer. Nothing was requested; change a value to ask again.',
} as const satisfies PreviewAnswer<never>;

/** The value, once it has stood still for a moment. */
function useSettled(value: string | null): string | null {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
