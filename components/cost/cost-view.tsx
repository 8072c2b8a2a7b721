import { ButtonLink } from '#components/ui/button.tsx';
import { EMPTY, formatMoney, formatNumber, formatShare, formatSignedMoney } from '#components/ui/format.ts';
import { CellHead, Cells, PageHead } from '#components/ui/layout.tsx';
import { Note } from '#components/ui/note.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { ShareBar } from '#components/ui/share-bar.tsx';
import { SectionContent } from '#components/ui/states.tsx';
import { LazyCostTrend } from './lazy-cost-trend.tsx';
import type { CostCell, CostModel, CostTable } from './model.ts';

/** Region × component beside the plan, and what one percent of the traffic costs. */
export function CostView({ cost }: { cost: CostModel }) {
  const { summary } = cost;
  const current = cost.months.find((month) => month.current)?.label;
  return (
    <>
      <PageHead
        status={cost.status}
        answer={cost.answer}
        detail={cost.detail}
        actions={
          <>
            <LinkTabs
              label="Month"
              items={cost.months.map((month) => ({
                label: month.label,
                href: month.href,
                current: month.current,
              }))}
            />
            <ButtonLink href={cost.auditHref}>Who looked</ButtonLink>
          </>
        }
      />
      {cost.sourceNote === null ? null : (
        <div className="band pad">
          <Note status="running" title="Modelled.">
            {cost.sourceNote}
          </Note>
        </div>
      )}
      <Cells columns="repeat(4, minmax(0,1fr))">
        <Figure
          title={`Spent to ${summary.throughDay}`}
          value={summary.monthToDate}
          against={summary.planToDate}
          word="planned to date"
        />
        <Figure
          title="Forecast for the month"
          value={summary.forecast}
          against={summary.plan}
          word="planned"
        />
        <Figure
          title="Per 1 % of traffic"
          value={summary.perTrafficPoint}
          against={summary.perTrafficPointPlan}
          word="planned"
        />
        <div>
          <CellHead title="Plan used" />
          <p className="figure">
            {formatShare(summary.monthToDate / summary.plan)}
            <span className="unit">%</span>
          </p>
          <ShareBar
            measured={summary.monthToDate / summary.plan}
            configured={summary.planToDate / summary.plan}
            tall
          />
          <p className="hint">tick: where the plan would be today</p>
        </div>
      </Cells>
      <div className="band">
        <CellHead padded title="By Region and component" note="month to date; below it the month’s plan" />
        <SectionContent section={cost.table}>{(table) => <Table table={table} />}</SectionContent>
      </div>
      <Cells columns="minmax(0,1.5fr) minmax(0,1fr)">
        <div>
          <CellHead title="Course of the month" note="solid spent, dashed forecast, dotted plan" />
          <SectionContent section={cost.trend}>
            {(days) => <LazyCostTrend key={current} days={days} />}
          </SectionContent>
        </div>
        <div>
          <CellHead title="Cost of 1 % of traffic" note="by the Region that serves it" />
          <table className="tight flush">
            <thead>
              <tr>
                <th>Region</th>
                <th className="num">Share served</th>
                <th className="num">Per 1 %</th>
                <th className="num">Planned</th>
              </tr>
            </thead>
            <tbody>
              {cost.perPoint.map((row) => (
                <tr key={row.region}>
                  <td>{row.region}</td>
                  <td className="num">
                    {formatShare(row.share)}
                    <span className="unit">%</span>
                  </td>
                  <td className="num">
                    <b>{formatMoney(row.dollars)}</b>
                  </td>
                  <td className="num muted">{formatMoney(row.plan)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="hint">
            Regional cost without global services, divided by the percent of requests served.
          </p>
        </div>
      </Cells>
    </>
  );
}

function Figure({
  title,
  value,
  against,
  word,
}: {
  title: string;
  value: number;
  against: number;
  word: string;
}) {
  const difference = value - against;
  const percent = against === 0 ? 0 : (difference / against) * 100;
  return (
    <div>
      <CellHead title={title} />
      <p className="figure">{formatMoney(value)}</p>
      <p className="small soft">
        {formatMoney(against)} {word}
      </p>
      <p className="small">
        {formatSignedMoney(difference)}{' '}
        <span className="muted">
          ({formatNumber(Math.abs(percent), 1)} % {difference > 0 ? 'above' : 'under'})
        </span>
      </p>
    </div>
  );
}

function Table({ table }: { table: CostTable }) {
  return (
    <div className="scroll">
      <table className="one cost-table">
        <thead>
          <tr>
            <th>Region</th>
            {table.components.map((component) => (
              <th key={component} className="num">
                {component}
              </th>
            ))}
            <th className="num">Total</th>
            <th className="num">Of plan</th>
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.region}>
              <td>
                <b>{row.region}</b>
              </td>
              {row.cells.map((cell, index) => (
                <Money key={table.components[index]} cell={cell} />
              ))}
              <Money cell={row.total} strong />
              <Used cell={row.total} />
            </tr>
          ))}
          <tr>
            <td>
              <b>uncategorised</b>
            </td>
            <td colSpan={table.components.length} className="soft wide-note">
              {table.uncategorised.note}
            </td>
            <td className="num">
              <b>{formatMoney(table.uncategorised.actual)}</b>
            </td>
            <td className="num muted">not planned</td>
          </tr>
        </tbody>
        <tfoot>
          <tr>
            <td>Total</td>
            {table.totals.map((cell, index) => (
              <Money key={table.components[index]} cell={cell} />
            ))}
            <Money cell={table.total} strong />
            <Used cell={table.total} />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Money({ cell, strong = false }: { cell: CostCell; strong?: boolean }) {
  const actual = cell.actual === null ? EMPTY : formatMoney(cell.actual);
  return (
    <td className="num">
      {strong ? <b>{actual}</b> : actual}
      <span className="sub">{cell.plan === null ? 'not planned' : formatMoney(cell.plan)}</span>
    </td>
  );
}

function Used({ cell }: { cell: CostCell }) {
  if (cell.actual === null || !cell.plan) return <td className="num muted">{EMPTY}</td>;
  return (
    <td className="num">
      {formatShare(cell.actual / cell.plan)}
      <span className="unit">%</span>
    </td>
  );
}
