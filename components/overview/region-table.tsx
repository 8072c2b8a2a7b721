'use client';

import Link from 'next/link';
import { Age } from '#components/ui/age.tsx';
import { EMPTY, formatShare } from '#components/ui/format.ts';
import { LiveStatus, Quantity } from '#components/ui/quantity.tsx';
import { ShareBar } from '#components/ui/share-bar.tsx';
import { Sparkline } from '#components/ui/sparkline.tsx';
import type { RegionRow } from './model.ts';

/** One line per Region: the numbers of the map, and everything the map has no room for. Sent as numbers, drawn on both sides. */
export function RegionTable({ regions }: { regions: readonly RegionRow[] }) {
  const widest = Math.max(
    0.5,
    ...regions.map((region) => Math.max(region.share.value ?? 0, region.configuredShare ?? 0)),
  );
  return (
    <div className="band">
      <div className="scroll">
        <table className="fold one regions">
          <thead>
            <tr>
              <th>Region</th>
              <th>State</th>
              <th>Share, measured of configured</th>
              <th>
                <span className="sr">Requests, course</span>
              </th>
              <th className="num">Requests</th>
              <th className="opt">
                <span className="sr">Errors, course</span>
              </th>
              <th className="num">Errors</th>
              <th className="opt">
                <span className="sr">p95, course</span>
              </th>
              <th className="num">p95</th>
              <th className="num">Nodes ready</th>
              <th className="num">Database lag</th>
              <th>Version</th>
              <th>On call</th>
              <th className="num">Age</th>
            </tr>
          </thead>
          <tbody>
            {regions.map((region) => (
              <Row key={region.code} region={region} widest={widest} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Row({ region, widest }: { region: RegionRow; widest: number }) {
  const { share, configuredShare, lag } = region;
  return (
    <tr>
      <td>
        <Link href={region.href} data-row>
          <b>{region.code}</b>
        </Link>
        <span className="sub">{region.name}</span>
      </td>
      <td className="full">
        <LiveStatus
          status={region.status}
          word={region.word}
          since={region.trouble?.since}
          at={(region.trouble ?? region).at}
          withinSeconds={(region.trouble ?? region).withinSeconds}
        />
        <span className="sub">{region.trouble?.seenBy ?? region.capabilities}</span>
      </td>
      <td data-l="Share">
        <div className="share-cell">
          <div className="hide-phone">
            <ShareBar measured={share.value} configured={configuredShare} of={widest} />
          </div>
          <span className="nowrap">
            <Quantity reading={share} unit="" scale={100} digits={1} />
            <span className="muted">
              {' '}
              of {configuredShare === null ? EMPTY : formatShare(configuredShare, 0)} %
            </span>
          </span>
        </div>
      </td>
      <td className="spark">
        <Sparkline values={region.requestsHistory} />
      </td>
      <td className="num" data-l="Requests">
        <Quantity reading={region.requests} unit="/s" digits={(region.requests.value ?? 0) < 100 ? 1 : 0} />
      </td>
      <td className="spark opt">
        <Sparkline values={region.errorsHistory} floor={0} />
      </td>
      <td className="num" data-l="Errors">
        <Quantity reading={region.errors} unit="%" scale={100} digits={2} />
      </td>
      <td className="spark opt">
        <Sparkline values={region.p95History} floor={0} />
      </td>
      <td className="num" data-l="p95">
        <Quantity reading={region.p95Ms} unit="ms" />
      </td>
      <td className="num" data-l="Nodes">
        <Quantity reading={region.nodesReady} unit="" />
        <span className="sub">
          of {region.nodes.min}–{region.nodes.max}
        </span>
      </td>
      <td className="num" data-l="Lag">
        {lag.primary ? (
          <span className="muted">primary</span>
        ) : (
          <>
            <Quantity reading={lag.reading} unit="s" format="seconds" status={lag.status} />
            <span className="sub">target &lt; {lag.targetSeconds} s</span>
          </>
        )}
      </td>
      <td data-l="Version">
        {region.version === null ? (
          <span className="t-unknown">{EMPTY}</span>
        ) : (
          <span className="mono">{region.version}</span>
        )}
      </td>
      <td className="off">
        {region.onCall.localTime}
        <span className="sub">{region.onCall.hours}</span>
      </td>
      <td className="num" data-l="Age">
        <Age at={region.at} withinSeconds={region.withinSeconds} />
      </td>
    </tr>
  );
}
