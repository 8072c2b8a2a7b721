'use client';

import { useNow } from './clock.tsx';
import { formatClock } from './format.ts';
import type { Sentence } from './model.ts';
import { Prose } from './prose.tsx';

/** A sentence whose elapsed times tick with the page's clock. */
export function Spoken({ sentence }: { sentence: Sentence }) {
  if (typeof sentence === 'string') return <Prose text={sentence} />;
  return sentence.map((part) =>
    typeof part === 'string' ? (
      <Prose key={part} text={part} />
    ) : (
      <Elapsed key={part.since} since={part.since} />
    ),
  );
}

/** m:ss since a moment. */
export function Elapsed({ since }: { since: string }) {
  return <time dateTime={since}>{formatClock((useNow() - Date.parse(since)) / 1000)}</time>;
}
