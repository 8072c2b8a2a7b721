import { EMPTY, formatMoney, formatNumber, formatShare, formatSignedMoney } from '#components/ui/format.ts';
import { CellHead, Cells, PageHead } from '#components/ui/layout.tsx';
import { Note } from '#components/ui/note.tsx';
import { ShareBar } from '#components/ui/share-bar.tsx';
import { SectionContent } from '#components/ui/states.tsx';
import { LazyCostTrend } from './lazy-cost-trend.tsx';
import type { CostCell, CostModel, CostTable } from './model.ts';

/** Region × component beside the plan, and what one percent of the traffic costs. */
export function CostView({ cost }: { cost: CostModel }) {
  const { perPoint, problem, sourceNote, stale, summary } = cost;
  return (
    <>
      <PageHead status={cost.status} answer={cost.answer} detail={cost.detail} />
      {problem === null ? null : (
        <div className="band pad">
          <Note status={stale ? 'unknown' : 'warning'} title={problem.title}>
            {problem.message}
          </Note>
        </div>
      )}
      {sourceNote === null ? null : (
        <div className="band pad">
          <Note status="running" title="Modelled.">
            {sourceNote}
          </Note>
        </div>
      )}
      <Cells columns="repeat(4, minmax(0,1fr))">
        <Figure
          title={summary.throughDay === null ? 'Spent' : `Spent to ${summary.throughDay}`}
          value={summary.monthToDate}
          against={summary.planToDate}
          word="planned to date"
          stale={stale}
        />
        <Figure
          title="Forecast for the month"
          value={summary.forecast}
          against={summary.plan}
          word="planned"
          stale={stale}
        />
        <Figure
          title="Per 1 % of traffic"
          value={summary.perTrafficPoint}
          against={summary.perTrafficPointPlan}
          word="planned"
          stale={stale}
        />
        <PlanUsed cost={cost} />
      </Cells>
      <div className="band">
        <CellHead padded title="By Region and component" note="month to date; below it the month’s plan" />
        <SectionContent section={cost.table}>
          {(table) => <Table table={table} stale={stale} />}
        </SectionContent>
      </div>
      <Cells columns="minmax(0,1.5fr) minmax(0,1fr)">
        <div>
          <CellHead title="Course of the month" note="solid spent, dashed forecast, dotted plan" />
          <LazyCostTrend days={cost.trend} />
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
              {perPoint.map((row) => (
                <tr key={row.region}>
                  <td>{row.region}</td>
                  <td className="num">
                    {row.share === null ? (
                      <Unknown />
                    ) : (
                      <>
                        {formatShare(row.share)}
                        <span className="unit">%</span>
                      </>
                    )}
                  </td>
                  <td className="num">
                    <b>
                      <Money dollars={row.dollars} stale={stale} />
                    </b>
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

function Unknown() {
  return (
    <span className="t-unknown">
      {EMPTY}
      <span className="sr">unknown</span>
    </span>
  );
}

/** An amount that is not known is never zero; one that is old keeps its number and says that it is. */
function Money({ dollars, stale }: { dollars: number | null; stale: boolean }) {
  if (dollars === null) return <Unknown />;
  return (
    <span className={stale ? 'stale' : undefined}>
      {formatMoney(dollars)}
      {stale ? <span className="sr"> stale</span> : null}
    </span>
  );
}

interface FigureProps {
  title: string;
  value: number | null;
  against: number | null;
  word: string;
  stale: boolean;
}

function Figure({ title, value, against, word, stale }: FigureProps) {
  return (
    <div>
      <CellHead title={title} />
      <p className="figure">
        <Money dollars={value} stale={stale} />
      </p>
      <p className="small soft">
        {against === null ? EMPTY : formatMoney(against)} {word}
      </p>
      {value === null || against === null ? null : <Difference value={value} against={against} />}
    </div>
  );
}

function Difference({ value, against }: { value: number; against: number }) {
  const difference = value - against;
  return (
    <p className="small">
      {formatSignedMoney(difference)}{' '}
      {against === 0 ? null : (
        <span className="muted">
          ({formatNumber(Math.abs((difference / against) * 100), 1)} % {difference > 0 ? 'above' : 'under'})
        </span>
      )}
    </p>
  );
}

function PlanUsed({ cost: { stale, summary } }: { cost: CostModel }) {
  const { monthToDate, plan, planToDate } = summary;
  const part = (dollars: number | null) => (dollars === null || plan <= 0 ? null : dollars / plan);
  const used = part(monthToDate);
  return (
    <div>
      <CellHead title="Plan used" />
      <p className="figure">
        {used === null ? (
          <Unknown />
        ) : (
          <span className={stale ? 'stale' : undefined}>
            {formatShare(used)}
            <span className="unit">%</span>
          </span>
        )}
      </p>
      <ShareBar measured={used} configured={part(planToDate)} tall />
      <p className="hint">tick: where the plan would be today</p>
    </div>
  );
}

function Table({ table, stale }: { table: CostTable; stale: boolean }) {
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
                <MoneyCell key={table.components[index]} cell={cell} stale={stale} />
              ))}
              <MoneyCell cell={row.total} stale={stale} strong />
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
              <b>
                <Money dollars={table.uncategorised.actual} stale={stale} />
              </b>
            </td>
            <td className="num muted">not planned</td>
          </tr>
        </tbody>
        <tfoot>
          <tr>
            <td>Total</td>
            {table.totals.map((cell, index) => (
              <MoneyCell key={table.components[index]} cell={cell} stale={stale} />
            ))}
            <MoneyCell cell={table.total} stale={stale} strong />
            <Used cell={table.total} />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

interface MoneyCellProps {
  cell: CostCell;
  stale: boolean;
  strong?: boolean;
}

function MoneyCell({ cell, stale, strong = false }: MoneyCellProps) {
  // Where nothing is planned nothing is expected either, and a dash is no question.
  const actual =
    cell.actual === null && cell.plan === null ? EMPTY : <Money dollars={cell.actual} stale={stale} />;
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
