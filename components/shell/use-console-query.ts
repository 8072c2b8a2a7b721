'use client';

import { useSearchParams } from 'next/navigation';

/** Environment and range of this page, to be carried along by every link of the shell. */
export function useConsoleQuery(): { environment?: string; range?: string } {
  const params = useSearchParams();
  const environment = params.get('environment') ?? undefined;
  const range = params.get('range') ?? undefined;
  return { ...(environment === undefined ? {} : { environment }), ...(range === undefined ? {} : { range }) };
}
