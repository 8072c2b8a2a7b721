import Link from 'next/link';
import { Age } from '#components/ui/age.tsx';
import { LiveStatus, Quantity } from '#components/ui/quantity.tsx';
import { Elapsed } from '#components/ui/spoken.tsx';
import { StatusWord, statusText } from '#components/ui/status.tsx';
import type { RegionNow } from './model.ts';

/** One line per Region: how it stands, who writes, how users reach it, where its orders go. */
export function RegionNowTable({ regions }: { regions: readonly RegionNow[] }) {
  return (
    <div className="scroll">
      <table className="fold one recovery-regions">
        <thead>
          <tr>
            <th>Region</th>
            <th>State</th>
            <th>Database</th>
            <th className="num">Lag</th>
            <th>Traffic</th>
            <th className="num">Share</th>
            <th>Its orders</th>
            <th className="num">Age</th>
          </tr>
        </thead>
        <tbody>
          {regions.map((region) => (
            <Row key={region.code} region={region} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ region }: { region: RegionNow }) {
  const { database, lag, orders, since, status, traffic } = region;
  return (
    <tr className={region.selected ? 'sel' : undefined}>
      <td>
        <Link
          className="row-link"
          href={region.href}
          data-row
          scroll={false}
          aria-current={region.selected ? 'true' : undefined}
        >
          <b>{region.code}</b>
        </Link>
        <span className="sub">{region.name}</span>
      </td>
      <td className="full">
        <span className="inline tight-gap">
          <LiveStatus
            status={status}
            word={region.word}
            at={region.at}
            withinSeconds={region.withinSeconds}
          />
          {since === null ? null : (
            <b className={`regular ${statusText(status)}`}>
              <Elapsed since={since} />
            </b>
          )}
        </span>
        <span className="sub">{region.seenBy}</span>
      </td>
      <td data-l="Database">
        <Cell {...database} />
      </td>
      <td className="num" data-l="Lag">
        {lag === null ? (
          <span className="muted">none</span>
        ) : (
          <Quantity reading={lag.reading} unit="s" format="seconds" status={lag.status} />
        )}
      </td>
      <td data-l="Traffic">
        <Cell {...traffic} />
      </td>
      <td className="num" data-l="Share">
        <Quantity reading={region.share} unit="%" scale={100} digits={1} />
      </td>
      <td data-l="Its orders">
        <Cell {...orders} />
      </td>
      <td className="num" data-l="Age">
        <Age at={region.at} withinSeconds={region.withinSeconds} />
      </td>
    </tr>
  );
}

/** Words where all is well; a shape only where it is not, so that trouble stands out of the column. */
function Cell({ status, word, detail }: { status: RegionNow['status']; word: string; detail?: string }) {
  return (
    <>
      {status === 'ok' ? word : <StatusWord status={status}>{word}</StatusWord>}
      {detail === undefined ? null : <span className="sub">{detail}</span>}
    </>
  );
}
