'use client';

import { ErrorPage } from '#components/shell/page-states.tsx';

/** The message stays on the server; only its digest, which the log repeats, is shown. */
export default function RootError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <main>
      <ErrorPage digest={error.digest} onRetry={reset} />
    </main>
  );
}
