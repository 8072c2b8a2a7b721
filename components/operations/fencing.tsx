'use client';

import { FenceMeansTable } from '#components/recovery/fence-means.tsx';
import { Age } from '#components/ui/age.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { formatAge } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { FencingRun } from './recovery-model.ts';

/** Every means of fencing with its outcome, and when the open ones are tried again. */
export function Fencing({ fencing }: { fencing: FencingRun }) {
  const { means, watch } = fencing;
  const open = means.filter(({ status }) => status !== 'ok').length;
  return (
    <section>
      <CellHead
        title={`${fencing.region} is ${fencing.word}`}
        note={
          <StatusWord status={fencing.status}>
            {open === 0 ? `${means.length} of ${means.length} done` : `${open} of ${means.length} open`}
          </StatusWord>
        }
        right={watch === null ? undefined : <Watch watch={watch} />}
      />
      <FenceMeansTable means={means} />
    </section>
  );
}

function Watch({ watch }: { watch: NonNullable<FencingRun['watch']> }) {
  const now = useNow();
  const seconds = (Date.parse(watch.nextAt) - now) / 1000;
  return (
    <>
      {watch.triedAt === null ? (
        <span className="age">not tried yet</span>
      ) : (
        <Age at={watch.triedAt} verb="tried" />
      )}
      <span className="age">, {seconds > 0 ? `next in ${formatAge(seconds)}` : 'next now'}</span>
    </>
  );
}
