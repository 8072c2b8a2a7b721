import type { Route } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Chart } from '#components/charts/chart.tsx';
import { Age, Moment } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { EMPTY, formatClock, formatShare, formatSigned } from '#components/ui/format.ts';
import { CellHead, PageHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Quantity } from '#components/ui/quantity.tsx';
import { ShareBar } from '#components/ui/share-bar.tsx';
import { Empty, SectionContent } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { HistoryRow, SplitRow, TrafficModel } from './model.ts';

/** Configured beside measured; the composer, when open, is the column at the right. */
export function TrafficView({ traffic, composer }: { traffic: TrafficModel; composer?: ReactNode }) {
  return (
    <>
      <PageHead
        status={traffic.status}
        answer={traffic.answer}
        detail={traffic.detail}
        actions={
          composer === undefined ? (
            <ButtonLink tone="primary" href={traffic.links.compose} reason={reasonOf(traffic.compose)}>
              Shift traffic
            </ButtonLink>
          ) : undefined
        }
      />
      <div className={composer === undefined ? undefined : 'grid-tr'}>
        <div>
          <Split traffic={traffic} />
          {traffic.shareOverTime === null ? null : (
            <div className="band pad">
              <CellHead
                title="Share over time"
                note="solid measured, dotted configured"
                right={<span className="muted">{traffic.rangeLabel}</span>}
              />
              <SectionContent section={traffic.shareOverTime}>
                {(chart) => <Chart chart={chart} height={304} />}
              </SectionContent>
            </div>
          )}
          {traffic.geographies.length === 0 ? null : <ByGeography traffic={traffic} />}
          <History section={traffic.history} audit={traffic.links.audit} />
        </div>
        {composer}
      </div>
    </>
  );
}

function Split({ traffic }: { traffic: TrafficModel }) {
  const widest =
    Math.max(0.2, ...traffic.split.flatMap((row) => [row.configured ?? 0, row.measured.value ?? 0])) * 1.2;
  return (
    <div className="band">
      <CellHead
        padded
        title="Global split"
        note="bar measured, tick configured"
        right={<span className="muted">{traffic.sample}</span>}
      />
      <table className="tight fold one">
        <thead>
          <tr>
            <th>Region</th>
            <th className="num">Configured</th>
            <th className="num">Measured</th>
            <th className="num">Difference</th>
            <th className="off">
              <span className="sr">Share as a bar</span>
            </th>
            <th className="num">Requests</th>
            <th className="num">Age</th>
          </tr>
        </thead>
        <tbody>
          {traffic.split.map((row) => (
            <SplitLine key={row.region} row={row} widest={widest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SplitLine({ row, widest }: { row: SplitRow; widest: number }) {
  const { configured, measured } = row;
  const difference =
    configured === null || measured.value === null ? null : (measured.value - configured) * 100;
  return (
    <tr>
      <td>
        <Link href={row.href} data-row>
          <b>{row.region}</b>
        </Link>
      </td>
      <td className="num" data-l="Configured">
        {configured === null ? <span className="t-unknown">{EMPTY}</span> : formatShare(configured)}
        <span className="unit">%</span>
      </td>
      <td className="num" data-l="Measured">
        <Quantity reading={measured} unit="%" scale={100} digits={1} strong />
      </td>
      <td className="num soft" data-l="Difference">
        {difference === null ? <span className="t-unknown">{EMPTY}</span> : formatSigned(difference, 1)}
        <span className="unit">pt</span>
      </td>
      <td className="off bar-cell">
        <ShareBar measured={measured.value} configured={configured} of={widest} tall />
      </td>
      <td className="num" data-l="Requests">
        <Quantity reading={row.requests} unit="/s" digits={(row.requests.value ?? 0) < 100 ? 1 : 0} />
      </td>
      <td className="num" data-l="Age">
        <Age at={measured.at} withinSeconds={measured.withinSeconds} />
      </td>
    </tr>
  );
}

function ByGeography({ traffic: { geographies, records, split } }: { traffic: TrafficModel }) {
  const regions = split.map(({ region }) => region);
  return (
    <div className="band">
      <CellHead
        padded
        title="By geography"
        note="configured weights beside the planned share of all requests, %"
        right={<Age at={records.at} withinSeconds={records.withinSeconds} verb="read" explain />}
      />
      <div className="scroll">
        <table className="tight one">
          <thead>
            <tr>
              <th>Users in</th>
              <th className="num">Planned</th>
              {regions.map((region) => (
                <th key={region} className="num">
                  {region}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {geographies.map((row) => (
              <tr key={row.key}>
                <td>
                  {row.name} <span className="muted">{row.users}</span>
                </td>
                <td className="num">
                  {formatShare(row.plannedShare)}
                  <span className="unit">%</span>
                </td>
                {row.weights.map((weight, index) => (
                  <td key={regions[index]} className="num">
                    <Weight weight={weight} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="hint pad">
        No metric of AWS tells where users sit: shares of geographies are the estate’s plan, and what is
        measured is measured by Region.
      </p>
    </div>
  );
}

/** With a decimal where it has one: half a percent is the least that Route 53 is told. */
function Weight({ weight }: { weight: number | null }) {
  if (weight === null)
    return (
      <span className="t-unknown">
        {EMPTY}
        <span className="sr">unknown</span>
      </span>
    );
  const figure = formatShare(weight, Number.isInteger(Math.round(weight * 1_000) / 10) ? 0 : 1);
  return weight > 0 ? <b>{figure}</b> : <span className="muted">{figure}</span>;
}

function History({ section, audit }: { section: TrafficModel['history']; audit: Route }) {
  return (
    <div>
      <CellHead
        padded
        title="History"
        right={
          <Link className="link" href={audit}>
            In audit
          </Link>
        }
      />
      <SectionContent section={section}>{(rows) => <Shifts rows={rows} />}</SectionContent>
    </div>
  );
}

function Shifts({ rows }: { rows: readonly HistoryRow[] }) {
  if (rows.length === 0)
    return (
      <div className="pad">
        <Empty title="No shift has run here.">
          The records are as the estate file plans them. Every shift and its outcome will stand here.
        </Empty>
      </div>
    );
  return (
    <div className="scroll">
      <table className="tight one">
        <thead>
          <tr>
            <th>Operation</th>
            <th>What</th>
            <th>Outcome</th>
            <th className="num">When</th>
            <th className="num">Took</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                <Link className="link" href={row.href} data-row>
                  {row.id}
                </Link>
              </td>
              <td>{row.what}</td>
              <td>
                <StatusWord status={row.status}>{row.outcome}</StatusWord>
              </td>
              <td className="num soft">
                <Moment at={row.at} />
              </td>
              <td className="num">{row.tookSeconds === null ? EMPTY : formatClock(row.tookSeconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
