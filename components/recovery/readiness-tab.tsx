import { CellHead, Cells } from '#components/ui/layout.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { CheckPanel } from './check-panel.tsx';
import type { ReadinessModel } from './model.ts';
import { RankingTable } from './ranking-table.tsx';
import { ReadinessMatrix } from './readiness-matrix.tsx';

/** Every scenario against every check; one cell explained; who would take over. */
export function ReadinessTab({ readiness }: { readiness: ReadinessModel }) {
  const { chosen, filters, groups, rankings, scenarios } = readiness;
  if (scenarios.length === 0)
    return (
      <div className="pad">
        <Empty title="Readiness has not been evaluated yet.">
          It is evaluated when something changes and at least each minute, once every Region was observed.
        </Empty>
      </div>
    );
  return (
    <>
      <Cells columns="minmax(0,1fr) 372px">
        <div className="flat">
          <CellHead
            padded
            title="If this is lost"
            right={filters.length < 2 ? undefined : <LinkTabs label="Scenarios" items={filters} />}
          />
          <ReadinessMatrix scenarios={scenarios} groups={groups} chosen={chosen} />
        </div>
        <div className="side">
          {chosen === null ? (
            <div className="empty">
              <b>No cell is open.</b>
              <p>
                Each says what was measured, how old that is, which fact it rests on, and what closes it.
                Arrows move, Enter opens.
              </p>
            </div>
          ) : (
            <CheckPanel detail={chosen} />
          )}
        </div>
      </Cells>
      {rankings.length === 0 ? null : <RankingTable rankings={rankings} />}
    </>
  );
}
