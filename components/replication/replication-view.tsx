import Link from 'next/link';
import { Chart } from '#components/charts/chart.tsx';
import { Age } from '#components/ui/age.tsx';
import { EMPTY } from '#components/ui/format.ts';
import { CellHead, Cells, DefinitionList, PageHead } from '#components/ui/layout.tsx';
import { LiveStatus, Quantity } from '#components/ui/quantity.tsx';
import { Sparkline } from '#components/ui/sparkline.tsx';
import { Empty, ProblemState } from '#components/ui/states.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import type { LinkCharts, MissingPath, ReplicationLink, ReplicationModel } from './model.ts';

/** Every replication link, the paths that are missing, and one link in detail. */
export function ReplicationView({ replication }: { replication: ReplicationModel }) {
  const { selected } = replication;
  return (
    <>
      <PageHead status={replication.status} answer={replication.answer} detail={replication.detail} />
      <Links links={replication.links} selected={selected?.id} />
      {replication.courses === null ? null : <ProblemState problem={replication.courses} />}
      {replication.missing.length === 0 ? null : <Missing paths={replication.missing} />}
      {selected === null ? null : (
        <>
          <CellHead
            padded
            title={selected.title}
            right={<span className="muted">{selected.rangeLabel}</span>}
          />
          <Cells
            columns={
              selected.charts.ok && selected.charts.value.waiting !== null
                ? 'minmax(0,1fr) minmax(0,1fr) 320px'
                : 'minmax(0,1fr) 320px'
            }
          >
            {selected.charts.ok ? (
              <Charts charts={selected.charts.value} />
            ) : (
              <div>
                <ProblemState problem={selected.charts.problem} />
              </div>
            )}
            <div>
              <CellHead title="How it is measured" level={3} />
              <DefinitionList items={selected.facts} />
              <p className="hint">{selected.reading}</p>
            </div>
          </Cells>
        </>
      )}
    </>
  );
}

function Charts({ charts: { seconds, waiting } }: { charts: LinkCharts }) {
  return [seconds, waiting].map((chart) =>
    chart === null ? null : (
      <div key={chart.title}>
        <CellHead title={chart.title} level={3} />
        <Chart chart={chart} height={220} />
      </div>
    ),
  );
}

function Links({ links, selected }: { links: readonly ReplicationLink[]; selected: string | undefined }) {
  if (links.length === 0)
    return (
      <div className="pad">
        <Empty title="No link here.">
          Each replica, replication rule, secondary cache and replicator between two Regions of this
          environment is a link, from its first observation on.
        </Empty>
      </div>
    );
  return (
    <div className="band scroll">
      <table className="fold one">
        <thead>
          <tr>
            <th>Link</th>
            <th>State</th>
            <th>
              <span className="sr">Lag, course</span>
            </th>
            <th className="num">Lag</th>
            <th className="num">Not there yet</th>
            <th className="num">Target</th>
            <th className="num">Warning</th>
            <th className="num">Critical</th>
            <th>By</th>
            <th className="num">Age</th>
          </tr>
        </thead>
        <tbody>
          {links.map((link) => (
            <tr key={link.id} className={link.id === selected ? 'sel' : undefined}>
              <td>
                <Link
                  href={link.href}
                  data-row
                  scroll={false}
                  aria-current={link.id === selected ? 'true' : undefined}
                >
                  <b>
                    {link.from} → {link.to}
                  </b>
                </Link>
                <span className="sub">{link.kind}</span>
              </td>
              <td className="full">
                <LiveStatus
                  status={link.status}
                  word={link.word}
                  at={link.lagSeconds.at}
                  withinSeconds={link.lagSeconds.withinSeconds}
                />
                <span className="sub">{link.detail}</span>
              </td>
              <td className="spark">
                <Sparkline values={link.history} floor={0} />
              </td>
              <td className="num" data-l="Lag">
                <Quantity reading={link.lagSeconds} unit="s" format="seconds" status={link.status} />
              </td>
              <td className="num" data-l="Not there yet">
                <Waiting waiting={link.waiting} />
              </td>
              <td className="num soft" data-l="Target">
                &lt; {link.targetSeconds} s
              </td>
              <td className="num soft" data-l="Warning">
                {link.warningSeconds} s
              </td>
              <td className="num soft" data-l="Critical">
                {link.criticalSeconds === null ? EMPTY : `${link.criticalSeconds} s`}
              </td>
              <td className="soft" data-l="By">
                {link.by}
              </td>
              <td className="num" data-l="Age">
                <Age at={link.lagSeconds.at} withinSeconds={link.lagSeconds.withinSeconds} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Waiting({ waiting }: Pick<ReplicationLink, 'waiting'>) {
  if (waiting === null) return <span className="muted">{EMPTY}</span>;
  const { reading, unit } = waiting;
  if (unit === 'bytes') return <Quantity reading={reading} unit="" format="bytes" />;
  return <Quantity reading={reading} unit={` ${reading.value === 1 ? unit.slice(0, -1) : unit}`} />;
}

function Missing({ paths }: { paths: readonly MissingPath[] }) {
  return (
    <div className="band pad">
      <CellHead title="Paths that do not exist" note="what is absent is the risk" />
      <ul className="list">
        {paths.map((path) => (
          <li key={path.id}>
            <StatusShape status="critical" label="no path" />
            <div>
              <span className="t">
                {path.from} and {path.to}
              </span>
              <p>{path.text}</p>
            </div>
            <span className="end">{path.finding}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
