import Link from 'next/link';
import { Age, Moment } from '#components/ui/age.tsx';
import { formatAge, plural } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import { Note } from '#components/ui/note.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { FenceMeansTable } from './fence-means.tsx';
import type { Fence } from './model.ts';

/** A fenced Region: by which means, and the watch that fences it the moment it answers. */
export function FenceSection({ fence }: { fence: Fence }) {
  const { splitBrain, watch } = fence;
  const open = fence.means.filter(({ status }) => status !== 'ok').length;
  return (
    <section>
      <CellHead
        title={`${fence.region} is ${fence.word}`}
        note={
          open === 0 ? undefined : (
            <StatusWord status={fence.status}>
              {open} of {plural(fence.means.length, 'means', 'means')} open
            </StatusWord>
          )
        }
        right={
          watch === null ? (
            <span className="age">
              since <Moment at={fence.since} seconds />
            </span>
          ) : (
            <Age at={watch.triedAt} verb="tried" />
          )
        }
      />
      {splitBrain === null ? null : (
        <div className="spaced-below">
          <Note
            status={watch === null ? 'warning' : 'critical'}
            title={watch === null ? 'It was a split brain.' : 'Split brain.'}
          >
            <Prose text={splitBrain.text} />{' '}
            {splitBrain.orders === null ? (
              'What was written there is read when it is rebuilt.'
            ) : (
              <Link className="link" href={splitBrain.href}>
                {plural(splitBrain.orders, 'order')} to salvage
              </Link>
            )}
          </Note>
        </div>
      )}
      <FenceMeansTable means={fence.means} />
      <p className="hint">
        By{' '}
        {fence.operation === null ? (
          'a break-glass script, as its record says'
        ) : (
          <Link className="link" href={fence.operation.href}>
            {fence.operation.id}
          </Link>
        )}
        .{' '}
        {watch === null ? (
          'Nothing is tried any more.'
        ) : (
          <Prose
            text={`What is open is tried every ${formatAge(watch.everySeconds)} and at once when ${fence.region} answers; ${watch.tries} tries so far.`}
          />
        )}
      </p>
    </section>
  );
}
