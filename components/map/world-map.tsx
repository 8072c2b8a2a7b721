'use client';

import Link from 'next/link';
import { type CSSProperties, type ReactNode, useEffect, useRef, useState } from 'react';
import { ageOf } from '#components/ui/age.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { EMPTY, formatNumber, formatShare, NBSP } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { Toggles } from '#components/ui/segmented.tsx';
import { Elapsed } from '#components/ui/spoken.tsx';
import { StatusShape, statusColour, statusPath, statusText } from '#components/ui/status.tsx';
import { layoutMap, type MapLayout, type PinSize } from './layout-map.ts';
import type { MapFlow, MapLayer, MapLink, MapModel, MapRegion, Trouble } from './model.ts';
import type { Box } from './place-labels.ts';
import { curvePath, FRAME, nightPath } from './projection.ts';

/** The width labels are placed for until the browser has measured the map: a 1440 px page. */
const EXPECTED_WIDTH = 868;
const LAYERS = [
  { value: 'traffic', label: 'Traffic' },
  { value: 'replication', label: 'Replication' },
] as const satisfies readonly { value: MapLayer; label: string }[];

const LINE = {
  ok: 'lk ok',
  warning: 'lk warning',
  critical: 'lk critical',
  unknown: 'lk unknown',
  held: 'lk unknown',
  running: 'lk ok',
  waiting: 'lk unknown',
} satisfies Record<Status, string>;

/** True geography: Regions at their coordinates, users at their cities, replication by its lag. */
export function WorldMap({ map }: { map: MapModel }) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(EXPECTED_WIDTH);
  const [layers, setLayers] = useState<ReadonlySet<MapLayer>>(() => new Set(['traffic', 'replication']));
  const [asTable, setAsTable] = useState(false);
  const now = useNow();
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.round(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const toggle = (layer: MapLayer) => {
    const next = new Set(layers);
    if (!next.delete(layer)) next.add(layer);
    setLayers(next);
  };
  const layout = layoutMap(map, width, layers);
  const quiet = new Set(
    map.regions.filter((region) => !flowing(map.figures, region, now)).map((region) => region.code),
  );
  return (
    <div ref={host} className={layout.narrow ? 'map narrow' : 'map'}>
      <MapDrawing map={map} layout={layout} quiet={quiet} />
      {asTable ? <MapTable map={map} /> : <MapLabels map={map} layout={layout} now={now} width={width} />}
      <div className="map-tools">
        <Toggles label="Layers" on={layers} options={LAYERS} onToggle={toggle} />
        <Toggles
          label="View"
          on={new Set(asTable ? ['table'] : [])}
          options={[{ value: 'table', label: 'Table' }]}
          onToggle={() => setAsTable(!asTable)}
        />
      </div>
      {asTable ? null : <Legend map={map} layers={layers} />}
    </div>
  );
}

/** Dashes move only while requests arrive, and only while we know that they do. */
function flowing(figures: MapModel['figures'], region: MapRegion, now: number): boolean {
  return (
    figures === 'measured' &&
    (region.requests.value ?? 0) > 0 &&
    !ageOf(region.requests.at, region.requests.withinSeconds, now).stale
  );
}

function summary(map: MapModel): string {
  const regions = map.regions.map(({ code, share, trouble }) =>
    trouble !== null
      ? `${code} ${trouble.word.toLowerCase()}, ${trouble.seenBy}`
      : share.value === null
        ? `${code} unknown`
        : `${code} ${map.figures === 'measured' ? 'serves' : 'gets'} ${formatShare(share.value)} %`,
  );
  const links = map.links.map(
    ({ from, to, figure, detail }) => `${from} to ${to} ${figure}${detail === undefined ? '' : ` ${detail}`}`,
  );
  return [...regions, ...links].join('. ');
}

function MapDrawing({
  map,
  layout,
  quiet,
}: {
  map: MapModel;
  layout: MapLayout;
  quiet: ReadonlySet<string>;
}) {
  return (
    <svg className="geo" viewBox={`0 0 ${FRAME.width} ${FRAME.height}`} role="img" aria-label={summary(map)}>
      <use className="grat" href="/world.svg#graticule" />
      <use className="land" href="/world.svg#land" />
      <use className="prime" href="/world.svg#prime" />
      <path className="night" d={nightPath(new Date(map.at))} />
      {layout.flows.map((flow) => (
        <path key={flow.id} className={arcClass(flow)} d={curvePath(flow.curve)} strokeWidth={flow.width} />
      ))}
      {layout.flows
        .filter((flow) => flow.known && flow.width > 1.6 && !quiet.has(flow.id.split('→')[1] ?? ''))
        .map((flow) => (
          <path
            key={flow.id}
            className="flow"
            d={curvePath(flow.curve)}
            strokeWidth={Math.max(1, flow.width - 1)}
          />
        ))}
      {layout.links.map(({ link, curve }) => (
        <path key={link.id} className={link.missing ? 'lk none' : LINE[link.status]} d={curvePath(curve)} />
      ))}
      {layout.cities.map(({ x, y }) => (
        <circle key={`${x},${y}`} className="city" cx={x} cy={y} r="2" />
      ))}
    </svg>
  );
}

function arcClass({ moved, known }: MapLayout['flows'][number]): string {
  return `arc${moved ? ' new' : ''}${known ? '' : ' unknown'}`;
}

const place = (box: Box) => ({ left: box.left, top: box.top });
const percent = (value: number, of: number) => `${((value / of) * 100).toFixed(2)}%`;

function MapLabels({
  map,
  layout,
  now,
  width,
}: {
  map: MapModel;
  layout: MapLayout;
  now: number;
  width: number;
}) {
  const ratio = width / FRAME.width;
  const moved = layout.boxes.get('moved');
  return (
    <>
      <Leaders layout={layout} ratio={ratio} />
      {map.geographies.map(({ key, name, plannedShare }) => {
        const box = layout.boxes.get(`geo:${key}`);
        return box === undefined ? null : (
          <span key={key} className="geo-l" style={{ ...place(box), width: box.width }}>
            {name}
            <br />
            {plannedShare === null ? 'share not planned' : `${formatShare(plannedShare)}${NBSP}% planned`}
          </span>
        );
      })}
      {layout.moved === null || moved === undefined ? null : (
        <span className="lag" style={place(moved)}>
          <b className="t-accent">{layout.moved.text}</b>
          <span className="hide-phone">moved by {layout.moved.operation}</span>
        </span>
      )}
      {layout.links.map(({ link }) => (
        <LinkLabel key={link.id} link={link} box={layout.boxes.get(`link:${link.id}`)} />
      ))}
      {layout.regions.map(({ region, point }) => (
        <RegionPin
          key={region.code}
          region={region}
          now={now}
          size={layout.pins}
          dot={{ left: percent(point.x, FRAME.width), top: percent(point.y, FRAME.height) }}
          box={layout.boxes.get(`pin:${region.code}`)}
        />
      ))}
    </>
  );
}

/** A hair from a pin that had to move away to the place it names. */
function Leaders({ layout, ratio }: { layout: MapLayout; ratio: number }) {
  const far = layout.regions.flatMap(({ region, point }) => {
    const box = layout.boxes.get(`pin:${region.code}`);
    if (box === undefined) return [];
    const [x, y] = [point.x * ratio, point.y * ratio];
    const [toX, toY] = [clamp(x, box.left, box.left + box.width), clamp(y, box.top, box.top + box.height)];
    return Math.hypot(toX - x, toY - y) < 18 ? [] : [{ code: region.code, x, y, toX, toY }];
  });
  return (
    <svg className="leaders" aria-hidden="true">
      {far.map(({ code, x, y, toX, toY }) => (
        <line key={code} x1={x} y1={y} x2={toX} y2={toY} />
      ))}
    </svg>
  );
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

function LinkLabel({ link, box }: { link: MapLink; box: Box | undefined }) {
  if (box === undefined) return null;
  return (
    <span className="lag" style={place(box)}>
      <StatusShape status={link.status} label={link.status} />
      {link.missing ? <span>{link.figure}</span> : <b>{link.figure}</b>}
      {link.detail === undefined ? null : <span className="hide-phone">{link.detail}</span>}
    </span>
  );
}

/** What those outside see of a Region in trouble, while they look. */
function troubleOf({ trouble }: MapRegion, now: number): Trouble | null {
  return trouble === null || ageOf(trouble.at, trouble.withinSeconds, now).stale ? null : trouble;
}

interface RegionPinProps {
  region: MapRegion;
  now: number;
  size: PinSize;
  dot: { left: string; top: string };
  box: Box | undefined;
}

function RegionPin({ region, now, size, dot, box }: RegionPinProps) {
  const stale = ageOf(region.share.at, region.share.withinSeconds, now).stale;
  const trouble = troubleOf(region, now);
  const status: Status = stale && trouble === null ? 'unknown' : region.status;
  const share = region.share.value;
  const requests = region.requests.value;
  return (
    <>
      <span className="dot" style={dot}>
        <svg
          viewBox="0 0 10 10"
          className={statusColour(status)}
          role="img"
          aria-label={`${region.code} ${status}`}
        >
          <circle cx="5" cy="5" r="6.6" fill="var(--bg)" stroke="var(--text)" strokeWidth="1" />
          {statusPath(status)}
        </svg>
      </span>
      {box === undefined ? null : (
        <PinBox
          className={`pin ${size}`}
          href={region.href}
          style={size === 'compact' ? place(box) : { ...place(box), width: box.width }}
        >
          <b>
            {region.code}
            {size === 'brief' ? (
              <span className={stale ? 'regular stale' : 'regular'}>
                {share === null ? EMPTY : `${formatShare(share)}${NBSP}%`}
              </span>
            ) : null}
          </b>
          {size !== 'full' ? null : (
            <>
              <span className={stale ? 'row stale' : 'row'}>
                <em>{share === null ? EMPTY : `${formatShare(share)}${NBSP}%`}</em>
                <span>
                  {requests === null
                    ? 'unknown'
                    : `${formatNumber(requests, requests < 10 ? 1 : 0)}${NBSP}req/s`}
                </span>
              </span>
              {trouble === null ? (
                <span className={`row ${stale ? statusText('unknown') : ''}`}>
                  <span>{stale ? 'not reporting' : region.capabilities}</span>
                </span>
              ) : (
                <span className={`row ${statusText(status)}`} title={trouble.seenBy}>
                  <span>
                    {trouble.word.toLowerCase()}
                    {trouble.since === null ? null : (
                      <>
                        {' '}
                        <Elapsed since={trouble.since} />
                      </>
                    )}
                  </span>
                </span>
              )}
            </>
          )}
        </PinBox>
      )}
    </>
  );
}

interface PinBoxProps {
  href: MapRegion['href'];
  className: string;
  style: CSSProperties;
  children: ReactNode;
}

function PinBox({ href, ...box }: PinBoxProps) {
  return href === null ? <div {...box} /> : <Link href={href} {...box} />;
}

const KEYS = {
  share: { className: 'arc', strokeWidth: 4 },
  unmeasured: { className: 'arc unknown', strokeWidth: 1 },
  within: { className: 'lk ok' },
  behind: { className: 'lk warning' },
  broken: { className: 'lk critical' },
  unknown: { className: 'lk unknown' },
  missing: { className: 'lk none' },
} as const;

function LegendKey({ line, children }: { line: keyof typeof KEYS; children: string }) {
  return (
    <span>
      <svg viewBox="0 0 22 10" aria-hidden="true">
        <path {...KEYS[line]} d="M1 5h20" />
      </svg>
      {children}
    </span>
  );
}

/** Only what is drawn. Hidden from readers: the drawing's own label says all of it in words. */
function Legend({ map, layers }: { map: MapModel; layers: ReadonlySet<MapLayer> }) {
  const flows = layers.has('traffic') ? map.flows : [];
  const links = layers.has('replication') ? map.links : [];
  const has = (...statuses: Status[]) =>
    links.some((link) => !link.missing && statuses.includes(link.status));
  return (
    <div className="legend" aria-hidden="true">
      {flows.some(({ share }) => share !== null) ? (
        <LegendKey line="share">
          {map.figures === 'measured' ? 'share of requests' : 'share of requests, configured'}
        </LegendKey>
      ) : null}
      {flows.some(({ share }) => share === null) ? (
        <LegendKey line="unmeasured">share not known</LegendKey>
      ) : null}
      {has('ok') ? <LegendKey line="within">replication, within target</LegendKey> : null}
      {has('warning') ? <LegendKey line="behind">behind</LegendKey> : null}
      {has('critical') ? <LegendKey line="broken">broken, or far behind</LegendKey> : null}
      {has('unknown') ? <LegendKey line="unknown">lag unknown</LegendKey> : null}
      {links.some((link) => link.missing) ? <LegendKey line="missing">no network path</LegendKey> : null}
      <span>
        <svg viewBox="0 0 22 10" aria-hidden="true">
          <path className="night" d="M0 0h22v10H0z" />
        </svg>
        night now
      </span>
    </div>
  );
}

function movedWords({ by, share }: NonNullable<MapFlow['moved']>): string {
  return share === null ? `some moved by ${by}` : `${formatShare(share)}${NBSP}% moved by ${by}`;
}

/** The same facts for those who cannot use the map, in the map's own room. */
function MapTable({ map }: { map: MapModel }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className="map-table" aria-label="The map as tables" tabIndex={0}>
      <table className="tight">
        <thead>
          <tr>
            <th>Users in</th>
            <th>Served by</th>
            <th className="num">
              {map.figures === 'measured' ? 'Of all requests' : 'Of all requests, configured'}
            </th>
          </tr>
        </thead>
        <tbody>
          {map.flows.map((flow) => (
            <tr key={`${flow.city} ${flow.region}`}>
              <td>{flow.city}</td>
              <td>
                {flow.region}
                {flow.moved === undefined ? '' : `, ${movedWords(flow.moved)}`}
              </td>
              <td className="num">
                {flow.share === null ? (
                  <span className="t-unknown">
                    {EMPTY}
                    <span className="sr">unknown</span>
                  </span>
                ) : (
                  <>
                    {formatShare(flow.share)}
                    <span className="unit">%</span>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className="tight">
        <thead>
          <tr>
            <th>From</th>
            <th>To</th>
            <th>Replication</th>
          </tr>
        </thead>
        <tbody>
          {map.links.map((link) => (
            <tr key={link.id}>
              <td>{link.from}</td>
              <td>{link.to}</td>
              <td>
                <span className={`st ${statusText(link.status)}`}>
                  <StatusShape status={link.status} />
                  {link.figure}
                </span>{' '}
                <span className="muted">{link.detail}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
