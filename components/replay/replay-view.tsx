import { ButtonLink } from '#components/ui/button.tsx';
import { PageHead } from '#components/ui/layout.tsx';
import { Empty } from '#components/ui/states.tsx';
import type { ReplayModel } from './model.ts';
import { Player } from './player.tsx';

/** A run over again: map, Regions, steps and metrics at any moment of it. */
export function ReplayView({ replay, start }: { replay: ReplayModel; start?: number }) {
  return (
    <>
      <PageHead
        status={replay.status}
        answer={replay.answer}
        detail={replay.detail}
        actions={<ButtonLink href={replay.href}>Back to {replay.id}</ButtonLink>}
      />
      {replay.times.length < 2 ? (
        <div className="pad">
          <Empty title="There is nothing to replay yet.">
            It is made of the samples of the run; the first stand here a few seconds after its start.
          </Empty>
        </div>
      ) : (
        <Player replay={replay} start={start} />
      )}
    </>
  );
}
