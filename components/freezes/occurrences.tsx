'use client';

import { Note } from '#components/ui/note.tsx';
import { usePreview } from '#components/ui/use-preview.ts';
import type { FreezesActions, RecurrenceValues } from './model.ts';
import { isKnownZone, localWords, readersZone } from './zones.ts';

interface OccurrencesProps {
  recurrence: RecurrenceValues | null;
  endsAt: string | null;
  zone: string;
  preview: FreezesActions['preview'];
}

/** The next times of a rule, on its own clock and on the reader's. */
export function Occurrences({ recurrence, endsAt, zone, preview }: OccurrencesProps) {
  const request = recurrence !== null && isKnownZone(zone) ? { recurrence, endsAt } : null;
  const { preview: found, problem, pending } = usePreview('freeze preview', request, preview);
  if (request === null) return null;
  if (problem !== null)
    return (
      <Note status="held" title="It does not come again like this.">
        {Object.values(problem.fields ?? {}).join('; ') || problem.message}
      </Note>
    );
  if (found === null) return <p className="small muted">Looking for the next times…</p>;
  const own = readersZone();
  const both = own !== zone;
  return (
    <table className="tight flush next-times busy-region" aria-busy={pending} aria-label="The next times">
      <thead>
        <tr>
          <th>Next, {zone}</th>
          {both ? <th>Yours, {own}</th> : null}
        </tr>
      </thead>
      <tbody>
        {found.next.map((occurrence) => (
          <tr key={occurrence.startsAt}>
            <td>{spanWords(occurrence, zone)}</td>
            {both ? <td>{spanWords(occurrence, own)}</td> : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function spanWords({ startsAt, endsAt }: { startsAt: string; endsAt: string }, zone: string): string {
  return `${localWords(startsAt, zone)} – ${localWords(endsAt, zone)}`;
}
