'use client';

import { useRouter } from 'next/navigation';
import { useTransition } from 'react';
import { Button } from './button.tsx';

/** Asks the server for the page again, keeping what is on screen. */
export function Retry({ onRetry, label = 'Try again' }: { onRetry?: () => void; label?: string }) {
  const router = useRouter();
  const [pending, start] = useTransition();
  return (
    <Button
      busy={pending}
      onClick={() => start(() => (onRetry === undefined ? router.refresh() : onRetry()))}
    >
      {label}
    </Button>
  );
}
