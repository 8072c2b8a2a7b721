import { ActButton } from '#components/shell/act-button.tsx';
import { CellHead, Cells, PageHead } from '#components/ui/layout.tsx';
import { Pager } from '#components/ui/pager.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { CellPanel } from './cell-panel.tsx';
import { ExceptionTable } from './exception-table.tsx';
import { FreezeCalendar } from './freeze-calendar.tsx';
import { FreezePanel } from './freeze-panel.tsx';
import { FreezeTable } from './freeze-table.tsx';
import { MatrixTable } from './matrix-table.tsx';
import type { FreezesActions, FreezesModel } from './model.ts';
import { NewFreeze } from './new-freeze.tsx';

/** What is frozen where, until when and by whom; when it will be; what may go through. */
export function FreezesView({ freezes, actions }: { freezes: FreezesModel; actions: FreezesActions }) {
  const { stop, create, tab, tabs } = freezes;
  return (
    <>
      <PageHead
        status={freezes.status}
        answer={freezes.answer}
        detail={freezes.detail}
        actions={
          <>
            <ActButton plan={stop.plan} permission={stop.permission} run={actions.stop}>
              Freeze changes
            </ActButton>
            <NewFreeze create={create} environment={freezes.environment} actions={actions} />
          </>
        }
      />
      <div className="filters tabs-bar">
        <LinkTabs label="Freezes" items={tabs} />
      </div>
      {freezes.chosen === null && freezes.cell === null ? (
        <Content freezes={freezes} actions={actions} />
      ) : (
        <Cells columns="minmax(0,1fr) 404px">
          <div className="flat">
            <Content freezes={freezes} actions={actions} />
          </div>
          <div>
            {freezes.chosen === null ? null : (
              <FreezePanel detail={freezes.chosen} actions={actions} closeHref={freezes.closeHref} />
            )}
            {freezes.chosen === null && freezes.cell !== null ? (
              <CellPanel cell={freezes.cell} closeHref={freezes.closeHref} />
            ) : null}
          </div>
        </Cells>
      )}
      {tab === 'calendar' ? null : (
        <Pager summary={freezes.summary} newer={freezes.newer} older={freezes.older} />
      )}
    </>
  );
}

function Content({ freezes, actions }: { freezes: FreezesModel; actions: FreezesActions }) {
  const { tab, matrix, calendar } = freezes;
  if (tab === 'calendar') return calendar === null ? null : <FreezeCalendar calendar={calendar} />;
  if (tab === 'exceptions') return <Exceptions freezes={freezes} actions={actions} />;
  return (
    <>
      {matrix === null ? null : (
        <>
          <CellHead
            padded
            title="Now"
            note="Region × kind of action; rollbacks are never frozen by default"
          />
          <div className="band">
            <MatrixTable matrix={matrix} cell={freezes.cell} />
          </div>
        </>
      )}
      <CellHead
        padded
        title={tab === 'past' ? 'Past freezes' : 'Freezes'}
        note={tab === 'past' ? 'lifted or over' : 'in force, or to come'}
      />
      {freezes.rows.length === 0 ? (
        <div className="pad">
          {tab === 'past' ? (
            <Empty title="No freeze is past.">What was lifted or is over stays here for good.</Empty>
          ) : (
            <Empty title="No freeze is set.">
              A freeze holds one kind of action in one Region, once or again and again, with a reason and an
              end.
            </Empty>
          )}
        </div>
      ) : (
        <FreezeTable
          rows={freezes.rows}
          past={tab === 'past'}
          compact={freezes.chosen !== null || freezes.cell !== null}
          lift={actions.lift}
        />
      )}
    </>
  );
}

function Exceptions({ freezes, actions }: { freezes: FreezesModel; actions: FreezesActions }) {
  return (
    <>
      <CellHead
        padded
        title="Exceptions"
        note="nobody’s own request goes through by what they granted"
        right={<LinkTabs label="Which exceptions" items={freezes.exceptionFilters} />}
      />
      {freezes.exceptions.length === 0 ? (
        <div className="pad">
          <Empty title="Nothing is excepted.">
            An approver lets one kind of action of somebody else through one freeze, until a time. Choose a
            freeze to grant one.
          </Empty>
        </div>
      ) : (
        <ExceptionTable rows={freezes.exceptions} end={actions.endException} />
      )}
    </>
  );
}
