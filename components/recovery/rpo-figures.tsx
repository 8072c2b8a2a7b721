import { EMPTY, formatBytes, formatNumber, formatSeconds, NBSP } from '#components/ui/format.ts';

interface RpoFiguresProps {
  seconds: number;
  bytes: number | null;
  /** Left out where no rate says how many orders that is. */
  orders?: { count: number; perSecond: number } | null;
}

/** At most so much may be lost: in time, in bytes, in orders. */
export function RpoFigures({ seconds, bytes, orders = null }: RpoFiguresProps) {
  return (
    <div className="rpo">
      <div>
        <div className="v">
          {formatSeconds(seconds)}
          {NBSP}s
        </div>
        <div className="small muted">in time</div>
      </div>
      <div>
        <div className={bytes === null ? 'v t-unknown' : 'v'}>
          {bytes === null ? EMPTY : formatBytes(bytes)}
          {bytes === null ? <span className="sr">unknown</span> : null}
        </div>
        <div className="small muted">{bytes === null ? 'bytes unknown' : 'of WAL'}</div>
      </div>
      {orders === null ? null : (
        <div>
          <div className="v">{formatNumber(orders.count)}</div>
          <div className="small muted">
            {orders.count === 1 ? 'order' : 'orders'} at{' '}
            {formatNumber(orders.perSecond, orders.perSecond < 10 ? 1 : 0)}
            {NBSP}/s
          </div>
        </div>
      )}
    </div>
  );
}

/** "0.31 s, 41 KB", to be read out or ticked. */
export function rpoText({ seconds, bytes }: { seconds: number; bytes: number | null }): string {
  const size = bytes === null ? 'bytes unknown' : formatBytes(bytes);
  return `${formatSeconds(seconds)}${NBSP}s, ${size}`;
}
