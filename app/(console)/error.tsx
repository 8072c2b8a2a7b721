'use client';

import { ErrorPage } from '#components/shell/page-states.tsx';

/** Inside the shell: the operation bar above still works. */
export default function ConsoleError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return <ErrorPage digest={error.digest} onRetry={reset} />;
}
