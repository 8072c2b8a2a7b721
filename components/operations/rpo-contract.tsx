import { RpoFigures, rpoText } from '#components/recovery/rpo-figures.tsx';
import { Moment } from '#components/ui/age.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import type { RpoRun } from './recovery-model.ts';

/** What was accepted to be lost, what was measured since, and what came of it. */
export function RpoContract({ rpo }: { rpo: RpoRun }) {
  const { accepted, lastOrder } = rpo;
  return (
    <section>
      <CellHead
        title="RPO contract"
        note={<StatusWord status={rpo.status}>{rpo.word}</StatusWord>}
        right={
          <span className="age">
            measured <Moment at={accepted.measuredAt} seconds utc />
          </span>
        }
      />
      <div className="spread">
        <RpoFigures seconds={accepted.seconds} bytes={accepted.bytes} orders={rpo.orders} />
        <span className="small soft num-wrap">
          accepted at most;
          <br />
          more stops the run
        </span>
      </div>
      <dl className="kv">
        <div className="kv-row">
          <dt>Accepted by</dt>
          <dd>
            {rpo.acceptedBy.map(({ who, at }, index) => (
              <span key={`${who} ${at}`}>
                {index === 0 ? '' : '; '}
                {who}, <Moment at={at} seconds utc />
              </span>
            ))}
          </dd>
        </div>
        {rpo.measured.map(({ when, bound, status }) => (
          <div key={when} className="kv-row">
            <dt>{when}</dt>
            <dd>
              <span className="st regular">
                <StatusShape status={status} label={status === 'ok' ? 'not worse' : 'worse'} />
                {rpoText(bound)}
              </span>
            </dd>
          </div>
        ))}
        <div className="kv-row">
          <dt>Last order seen</dt>
          <dd>
            {lastOrder === null ? (
              'none was seen'
            ) : (
              <>
                <span className="mono">{lastOrder.id}</span>, {lastOrder.region},{' '}
                <Moment at={lastOrder.at} seconds utc />
              </>
            )}
          </dd>
        </div>
        <div className="kv-row">
          <dt>Orders lost</dt>
          <dd>{rpo.lost}</dd>
        </div>
      </dl>
    </section>
  );
}
