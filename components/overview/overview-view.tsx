import type { Route } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { ShareChart } from '#components/charts/share-chart.tsx';
import { WorldMap } from '#components/map/world-map.tsx';
import { ActButton } from '#components/shell/act-button.tsx';
import { Age } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { formatNumber } from '#components/ui/format.ts';
import { CellHead, PageHead } from '#components/ui/layout.tsx';
import { type ActionResult, reasonOf, type Status } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { LiveStatus } from '#components/ui/quantity.tsx';
import { Empty, ProblemState, SectionContent } from '#components/ui/states.tsx';
import { StatusShape, StatusWord, statusText } from '#components/ui/status.tsx';
import { LagTable, LossTable } from './loss-tables.tsx';
import type { AttentionItem, OverviewModel, RunningShift, SafeAct } from './model.ts';
import { RegionTable } from './region-table.tsx';

interface OverviewProps {
  overview: OverviewModel;
  actions: { stopTheLine: (reason: string) => Promise<ActionResult> };
}

/** What serves where, what is at risk, what runs, what is safe to do: in this order. */
export function OverviewView({ overview, actions }: OverviewProps) {
  const { attention, courses, decide, findings, freezes, links, readiness, survivability, replication } =
    overview;
  return (
    <>
      <PageHead
        status={overview.status}
        answer={overview.answer}
        detail={overview.detail}
        actions={
          <>
            {decide === null ? null : (
              <ButtonLink tone="danger-solid" href={decide.href} reason={reasonOf(decide.permission)}>
                {decide.label}
              </ButtonLink>
            )}
            <ActButton
              tone="plain"
              plan={overview.freeze.plan}
              permission={overview.freeze.permission}
              run={actions.stopTheLine}
            >
              Freeze changes
            </ActButton>
          </>
        }
      />
      <div className="cells overview-top">
        <div className="flat sea">
          <WorldMap map={overview.map} />
        </div>
        <div className="stack">
          <section>
            <CellHead title="Safe to do now" right={<Age at={overview.safe.checkedAt} verb="checked" />} />
            <SafeActs safe={overview.safe} />
          </section>
          {overview.running === null ? null : <Running running={overview.running} at={overview.at} />}
          {freezes.ok && freezes.value.length === 0 ? null : (
            <section>
              <CellHead title="Freezes" right={<More href={overview.links.freezes}>All freezes</More>} />
              <SectionContent section={freezes}>{(items) => <Items items={items} />}</SectionContent>
            </section>
          )}
        </div>
      </div>
      <RegionTable regions={overview.regions} />
      {courses === null ? null : <ProblemState problem={courses} />}
      <div className="cells overview-bottom">
        <div>
          <CellHead title="Needs a look" note={`${formatNumber(attention.items.length)} open`} />
          {attention.items.length === 0 ? (
            <Empty title="Nothing needs a look.">
              No alarm is open, every Region reports, and the records are as configured.
            </Empty>
          ) : (
            <>
              <Items items={attention.items} />
              {attention.note === undefined ? null : <p className="hint">{attention.note}</p>}
            </>
          )}
        </div>
        <div>
          <CellHead
            title="Findings"
            note={findings.ok ? <FindingCount {...findings.value} /> : undefined}
            right={<More href={links.findings}>All findings</More>}
          />
          <SectionContent section={findings}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty title="No finding is open.">
                  What the strategy promises and AWS cannot do would stand here.
                </Empty>
              ) : (
                <Items items={items} />
              )
            }
          </SectionContent>
        </div>
        <div>
          <CellHead
            title="If a Region is lost"
            note={
              readiness.ok ? (
                <LiveStatus {...readiness.value} />
              ) : (
                <StatusWord status="unknown">{readiness.problem.title}</StatusWord>
              )
            }
            right={<More href={links.readiness}>Readiness</More>}
          />
          <LossTable survivability={survivability} />
          {replication.rows.length === 0 ? null : (
            <div className="below">
              <CellHead
                title="Replication lag"
                right={<More href={overview.links.replication}>All links</More>}
              />
              <LagTable replication={replication} />
            </div>
          )}
        </div>
      </div>
    </>
  );
}

function FindingCount({ open, status, note }: { open: number; status?: Status; note?: string }) {
  return (
    <span className="st regular">
      {status === undefined || open === 0 ? null : <StatusShape status={status} label={status} />}
      {note ?? `${open} open`}
    </span>
  );
}

function More({ href, children }: { href: Route; children: ReactNode }) {
  return (
    <Link className="link" href={href}>
      {children}
    </Link>
  );
}

const VERDICT = {
  allowed: 'ok',
  emergency: 'ok',
  held: 'held',
  refused: 'held',
} satisfies Record<SafeAct['verdict'], Status>;

function SafeActs({ safe: { acts, none } }: { safe: OverviewModel['safe'] }) {
  return (
    <SectionContent section={acts}>
      {(items) =>
        items.length === 0 ? <Empty title={none.title}>{none.text}</Empty> : <ActList acts={items} />
      }
    </SectionContent>
  );
}

function ActList({ acts }: { acts: readonly SafeAct[] }) {
  return (
    <ul className="list safe">
      {acts.map((act) => {
        const status = VERDICT[act.verdict];
        return (
          <li key={act.id}>
            <StatusShape status={status} label={act.verdict} />
            <div>
              {act.href === undefined ? (
                <span className="t">{act.title}</span>
              ) : (
                <Link className="t" href={act.href}>
                  {act.title}
                </Link>
              )}
              <p>
                <Prose text={act.why} />
              </p>
            </div>
            <span className={`end ${statusText(status)}`}>{act.verdict}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Running({ running, at }: { running: RunningShift; at: string }) {
  return (
    <section>
      <CellHead
        title="Running"
        note={`${running.id}, share of ${running.region}`}
        right={<More href={running.href}>Open</More>}
      />
      <SectionContent section={running.course}>
        {(course) => <ShareChart region={running.region} {...course} now={at} />}
      </SectionContent>
      <p className="small soft below-chart">{running.gates}</p>
    </section>
  );
}

function Items({ items }: { items: readonly AttentionItem[] }) {
  return (
    <ul className="list">
      {items.map((item) => (
        <li key={item.id}>
          <StatusShape status={item.status} label={item.status} />
          <div>
            {item.href === undefined ? (
              <span className="t">{item.title}</span>
            ) : (
              <Link className="t" href={item.href}>
                {item.title}
              </Link>
            )}
            <p>
              <Prose text={item.text} />
            </p>
          </div>
          <span className="end">{item.end}</span>
        </li>
      ))}
    </ul>
  );
}
