import Link from 'next/link';
import { Age } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { EMPTY } from '#components/ui/format.ts';
import { CellHead, Cells, PageHead } from '#components/ui/layout.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { Elapsed } from '#components/ui/spoken.tsx';
import { Empty, SectionContent } from '#components/ui/states.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import type { ChoosableTarget, DecideModel, SeenLine } from './decide-model.ts';
import { DecideOptions } from './decide-options.tsx';
import { DecideSheet } from './decide-sheet.tsx';
import { TargetCells, TargetHeads } from './ranking-table.tsx';
import type { RequestActions, RpoOffer } from './request-model.ts';
import { requestKey } from './request-rules.ts';
import { RpoFigures } from './rpo-figures.tsx';

/** What fails, what may be lost, the three ways on, who takes over; the request at the right. */
export function DecideView({ decide, actions }: { decide: DecideModel; actions: RequestActions }) {
  const { request, targets } = decide;
  return (
    <>
      <PageHead
        status={decide.status}
        answer={decide.answer}
        detail={decide.detail}
        actions={<ButtonLink href={decide.back}>All of recovery</ButtonLink>}
      />
      <div className="grid-tr decide-grid">
        <div>
          <Cells columns="minmax(0,1fr) 308px">
            <div>
              <CellHead title={`Who sees ${decide.lost} fail`} />
              <Seen lines={decide.seen} />
              {decide.unseen === null ? null : <p className="hint">{decide.unseen}</p>}
            </div>
            <div>
              <CellHead title="What may be lost, at most" />
              <SectionContent section={decide.rpo}>{(rpo) => <Rpo rpo={rpo} />}</SectionContent>
            </div>
          </Cells>
          <div className="band">
            <CellHead
              padded
              title="Three ways on"
              note={`counted from ${decide.zeroIs}; hatched: median to p95 if it begins now`}
            />
            <DecideOptions options={decide.options} zeroAt={decide.zeroAt} />
          </div>
          {targets.length === 0 ? null : <Targets targets={targets} />}
        </div>
        {request === null ? (
          <aside className="sheet" aria-label="Wait">
            <div className="sheet-h">
              <h2>Wait</h2>
            </div>
            <div className="part">
              <Empty title="Waiting asks for nothing.">
                Detection and measurement go on, and the clocks with them. Choose another way as soon as you
                would rather act; what is projected moves on by as much as you wait.
              </Empty>
            </div>
          </aside>
        ) : (
          <DecideSheet key={requestKey(request)} model={request} actions={actions} />
        )}
      </div>
    </>
  );
}

function Seen({ lines }: { lines: readonly SeenLine[] }) {
  return (
    <table className="tight flush seen">
      <tbody>
        {lines.map((line) => (
          <tr key={line.id}>
            <td className="shape-cell">
              <StatusShape status={line.status} label={line.status} />
            </td>
            <td>
              <Prose text={line.who} />
              <span className="sub">
                <Prose text={line.what} />
              </span>
            </td>
            <td className="num">{line.since === null ? null : <Elapsed since={line.since} />}</td>
            <td className="num">
              <Age at={line.at} withinSeconds={line.withinSeconds} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Rpo({ rpo }: { rpo: RpoOffer }) {
  const { bound, orders, ordersPerSecond } = rpo;
  return (
    <>
      <RpoFigures
        seconds={bound.seconds}
        bytes={bound.bytes}
        orders={
          orders === null || ordersPerSecond === null ? null : { count: orders, perSecond: ordersPerSecond }
        }
      />
      <p className="small soft">
        Measured{' '}
        <Age
          at={bound.measuredAt}
          {...(rpo.withinSeconds === null ? {} : { withinSeconds: rpo.withinSeconds })}
        />{' '}
        ago, {rpo.when}.
      </p>
    </>
  );
}

function Targets({ targets }: { targets: readonly ChoosableTarget[] }) {
  return (
    <div>
      <CellHead padded title="Who takes over" note="ranked; the first that may is chosen" />
      <div className="scroll">
        <table className="fold tight ranking targets">
          <thead>
            <tr>
              <th className="num">Rank</th>
              <TargetHeads />
            </tr>
          </thead>
          <tbody>
            {targets.map((target) => (
              <tr key={target.region} className={target.selected ? 'sel first' : 'first'}>
                <td className="num">
                  <Link
                    className="row-link"
                    href={target.href}
                    scroll={false}
                    replace
                    data-row
                    aria-current={target.selected ? 'true' : undefined}
                  >
                    {target.rank ?? EMPTY}
                    <span className="sr">, choose {target.region}</span>
                  </Link>
                </td>
                <TargetCells target={target} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
