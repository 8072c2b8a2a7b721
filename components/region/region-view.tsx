import { Chart } from '#components/charts/chart.tsx';
import { Age } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { CellHead, Cells, DefinitionList, PageHead } from '#components/ui/layout.tsx';
import { LiveStatus, Quantity } from '#components/ui/quantity.tsx';
import { Empty, SectionContent } from '#components/ui/states.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import type { ComponentRow, RegionModel } from './model.ts';

const CHART_HEIGHT = 150;

/** One Region: what it consists of, how it has been, how it differs from its peers. */
export function RegionView({ region }: { region: RegionModel }) {
  return (
    <>
      <PageHead
        status={region.status}
        answer={region.answer}
        detail={region.detail}
        actions={region.links.map((link) => (
          <ButtonLink key={link.label} href={link.href}>
            {link.label}
          </ButtonLink>
        ))}
      />
      <Cells columns="minmax(0,1fr) 388px">
        <div className="flat">
          <CellHead padded title="Components" note={region.name} />
          <Components rows={region.components} />
        </div>
        <div className="stack">
          <section>
            <CellHead
              title="Capacity"
              right={
                <Age at={region.capacity.ready.at} withinSeconds={region.capacity.ready.withinSeconds} />
              }
            />
            <Capacity capacity={region.capacity} />
          </section>
          <section>
            <CellHead title="Support" right={region.support.timeZone} />
            <p>
              <StatusWord status={region.support.covered ? 'ok' : 'waiting'}>
                {region.support.localTime}, {region.support.covered ? 'on call' : 'outside hours'}
              </StatusWord>
            </p>
            <p className="small soft">
              {region.support.hours}. {region.support.note}
            </p>
          </section>
          <section>
            <CellHead title="Where it is" />
            <DefinitionList items={region.facts} />
          </section>
        </div>
      </Cells>
      <CellHead padded title="Last samples" right={<span className="muted">{region.rangeLabel}</span>} />
      <SectionContent section={region.charts}>
        {(charts) => (
          <div className="small-charts">
            {charts.map((chart) => (
              <section key={chart.title}>
                <CellHead title={chart.title} level={3} />
                <Chart chart={chart} height={CHART_HEIGHT} />
              </section>
            ))}
            {region.unobserved.map(({ title, why }) => (
              <section key={title}>
                <CellHead title={title} level={3} />
                <div className="unobserved" style={{ height: CHART_HEIGHT }}>
                  <StatusWord status="unknown">not observed</StatusWord>
                  <p className="small soft">{why}</p>
                </div>
              </section>
            ))}
          </div>
        )}
      </SectionContent>
      {region.peers.regions.length < 2 ? null : (
        <>
          <CellHead
            padded
            title="Beside its peers"
            note="versions and settings that differ, or that must not"
          />
          <Peers peers={region.peers} />
        </>
      )}
    </>
  );
}

function Components({ rows }: { rows: readonly ComponentRow[] }) {
  if (rows.length === 0)
    return (
      <div className="pad">
        <Empty title="No component has reported.">
          Collectors read EKS, RDS, Route 53 and CloudWatch of this Region every few seconds.
        </Empty>
      </div>
    );
  return (
    <table className="fold one">
      <thead>
        <tr>
          <th>Component</th>
          <th>State</th>
          <th>Detail</th>
          <th>By</th>
          <th className="num">Age</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <b>{row.kind}</b>
              <span className="sub mono">{row.name}</span>
            </td>
            <td className="full">
              <LiveStatus status={row.status} word={row.word} at={row.at} withinSeconds={row.withinSeconds} />
            </td>
            <td className="soft wrap full">{row.detail}</td>
            <td className="soft" data-l="By">
              {row.by}
            </td>
            <td className="num" data-l="Age">
              <Age at={row.at} withinSeconds={row.withinSeconds} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Capacity({ capacity }: { capacity: RegionModel['capacity'] }) {
  const { ready, needed, min, max, atPeak, rule } = capacity;
  const full = Math.max(max, atPeak) * 1.04;
  const at = (nodes: number) => `${(nodes / full) * 100}%`;
  return (
    <>
      <p>
        <Quantity reading={needed} unit=" nodes needed" digits={0} strong /> <span className="soft">of</span>{' '}
        <Quantity reading={ready} unit=" ready" strong />
      </p>
      <div
        className="scale"
        role="img"
        aria-label={`Between ${min} and ${max} nodes may run; the peak would need ${atPeak}.`}
      >
        <div className="tr" />
        <div className="range" style={{ left: at(min), width: `calc(${at(max)} - ${at(min)})` }} />
        <div className="ready" style={{ width: at(ready.value ?? 0) }} />
        <div className="ok" style={{ width: at(needed.value ?? 0) }} />
        <span className="tick" style={{ left: at(atPeak) }} />
        <span className="tk first" style={{ left: at(min) }}>
          min {min}
        </span>
        <span className={atPeak / full > 0.6 ? 'tk b last' : 'tk b'} style={{ left: at(atPeak) }}>
          peak {atPeak}
        </span>
        {Math.abs(max - atPeak) / full < 0.2 ? null : (
          <span className="tk last" style={{ left: '100%' }}>
            max {max}
          </span>
        )}
      </div>
      <p className="hint">{rule}</p>
    </>
  );
}

function Peers({ peers }: { peers: RegionModel['peers'] }) {
  return (
    <div className="scroll band">
      <table className="tight one">
        <thead>
          <tr>
            <th className="shape-cell">
              <span className="sr">State</span>
            </th>
            <th>Subject</th>
            {peers.regions.map((code) => (
              <th key={code}>{code}</th>
            ))}
            <th>Why it matters</th>
          </tr>
        </thead>
        <tbody>
          {peers.rows.map((row) => (
            <tr key={row.id}>
              <td>
                <StatusShape status={row.status} label={row.status} />
              </td>
              <td>{row.subject}</td>
              {row.values.map((value, index) => (
                <td key={peers.regions[index]} className={index === 0 ? 'mono' : 'mono soft'}>
                  {value}
                </td>
              ))}
              <td className="soft">{row.why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
