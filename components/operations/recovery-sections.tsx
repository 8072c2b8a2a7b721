import Link from 'next/link';
import { Age, Moment, Until } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { reasonOf, type Section } from '#components/ui/model.ts';
import { SectionContent } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { utcSecond } from '#lib/domain/time/utc.ts';
import { ClientSeenChart } from './client-seen-chart.tsx';
import { Fencing } from './fencing.tsx';
import { OrdersSection } from './orders-section.tsx';
import type { OrdersModel, RecoveryRun, RunDebt } from './recovery-model.ts';
import { RpoContract } from './rpo-contract.tsx';

/** The report once there is one; before that the plan and what works without the console. */
export function RunLinks({ recovery: { links, report } }: { recovery: RecoveryRun }) {
  return (
    <>
      {links.replay === null ? null : <ButtonLink href={links.replay}>Replay</ButtonLink>}
      {links.plan === null ? null : <ButtonLink href={links.plan}>Plan</ButtonLink>}
      {links.next === null ? null : (
        <ButtonLink href={links.next.href} reason={reasonOf(links.next.permission)}>
          {links.next.label}
        </ButtonLink>
      )}
      {links.breakGlass === null ? null : (
        <a
          className="btn"
          href={links.breakGlass.href}
          download
          title={`Sheet and script that go on without this console, made ${utcSecond(links.breakGlass.madeAt)}`}
        >
          {links.breakGlass.current ? 'Break-glass bundle' : 'Break-glass bundle, of an earlier plan'}
        </a>
      )}
      {report === null ? null : (
        <>
          <a className="btn" href={report.html}>
            Report
          </a>
          <a className="btn" href={report.pdf}>
            PDF
          </a>
          <a className="btn" href={report.json}>
            JSON
          </a>
        </>
      )}
    </>
  );
}

/** What recovery adds beside the steps, in the order of what is asked first. */
export function RecoverySections({ recovery }: { recovery: RecoveryRun }) {
  const { clientSeen, debt, fencing, report, rpo } = recovery;
  return (
    <>
      {rpo === null ? null : <RpoContract rpo={rpo} />}
      {clientSeen === null ? null : (
        <section>
          <CellHead
            title="Client-seen downtime"
            right={
              clientSeen.ok ? (
                <Age
                  at={clientSeen.value.at}
                  withinSeconds={clientSeen.value.withinSeconds}
                  verb={clientSeen.value.source}
                />
              ) : undefined
            }
          />
          <SectionContent section={clientSeen}>{(seen) => <ClientSeenChart model={seen} />}</SectionContent>
        </section>
      )}
      {fencing === null ? null : <Fencing fencing={fencing} />}
      {debt === null ? null : <Debt debt={debt} />}
      {report === null ? null : (
        <section>
          <CellHead title="Report" right={<Age at={report.madeAt} verb="made" />} />
          <p className="small soft">
            Signed over audit row {report.head.seq},{' '}
            <span className="mono" title={report.head.hash}>
              {report.head.hash.slice(0, 12)}…
            </span>
            . Page, PDF and data say the same.
          </p>
        </section>
      )}
    </>
  );
}

function Debt({ debt }: { debt: RunDebt }) {
  return (
    <section>
      <CellHead
        title="Review debt"
        note={
          <StatusWord status={debt.status}>
            {debt.paid ? (
              'reviewed'
            ) : (
              <>
                due <Until at={debt.dueAt} past="now, overdue" />
              </>
            )}
          </StatusWord>
        }
        right={
          debt.paid ? undefined : (
            <span className="age">
              by <Moment at={debt.dueAt} utc />
            </span>
          )
        }
      />
      <p className="small soft">
        {debt.text}{' '}
        <Link className="link" href={debt.href}>
          Open the review
        </Link>
      </p>
    </section>
  );
}

export function Orders({ orders }: { orders: Section<OrdersModel> }) {
  return orders.ok ? (
    <OrdersSection orders={orders.value} />
  ) : (
    <div className="band pad">
      <SectionContent section={orders}>{() => null}</SectionContent>
    </div>
  );
}
