'use client';

import { Age, Moment } from '#components/ui/age.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { formatUtcFull } from '#components/ui/format.ts';
import { Note } from '#components/ui/note.tsx';
import type { RpoContract } from '#lib/domain/recovery/params.ts';
import type { RpoOffer } from './request-model.ts';
import { rpoState } from './request-rules.ts';
import { RpoFigures, rpoText } from './rpo-figures.tsx';

interface RpoAcceptanceProps {
  offer: RpoOffer;
  accepted: RpoContract | null;
  /** It was accepted for a plan that is not this one any more. */
  isAnotherPlan?: boolean;
  onAccept: (bound: RpoContract | null) => void;
  /** Large, where the page does not show them elsewhere. */
  figures?: boolean;
  /** Set where the reader may not decide: the numbers stand, the tick does not. */
  readOnly?: boolean;
}

/** The bound of what may be lost, its age, and the tick that accepts exactly these numbers. */
export function RpoAcceptance({
  offer,
  accepted,
  isAnotherPlan = false,
  onAccept,
  figures = false,
  readOnly = false,
}: RpoAcceptanceProps) {
  const state = rpoState(offer, isAnotherPlan ? null : accepted, useNow());
  const { bound, lastOrder, orders, ordersPerSecond } = offer;
  return (
    <div className="accept-rpo">
      {figures ? (
        <RpoFigures
          seconds={bound.seconds}
          bytes={bound.bytes}
          orders={
            orders === null || ordersPerSecond === null ? null : { count: orders, perSecond: ordersPerSecond }
          }
        />
      ) : null}
      <p className="small soft">
        Measured{' '}
        <span title={formatUtcFull(new Date(bound.measuredAt))}>
          <Age at={bound.measuredAt} {...within(offer)} /> ago
        </span>
        , {offer.when}.{' '}
        {lastOrder === null ? (
          'No order was seen on the target.'
        ) : (
          <>
            Last order seen <span className="mono">{lastOrder.id}</span>
            {lastOrder.region === null ? '' : `, from ${lastOrder.region}`},{' '}
            <Moment at={lastOrder.at} seconds />.
          </>
        )}
      </p>
      {state === 'worse' && accepted !== null ? (
        <Note status="held" title="It became worse.">
          You accepted {rpoText(accepted)}. Look again, then accept the new numbers.
        </Note>
      ) : null}
      {isAnotherPlan ? (
        <Note status="held" title="The plan changed.">
          What you accepted was for the plan of before. Look at what changes now, then accept again.
        </Note>
      ) : null}
      {readOnly ? null : (
        <label className="check small">
          <input
            type="checkbox"
            checked={state === 'accepted'}
            disabled={state === 'stale'}
            onChange={(event) => onAccept(event.target.checked ? bound : null)}
          />
          I accept to lose at most {rpoText(bound)}. The run stops before promotion if it becomes more.
        </label>
      )}
    </div>
  );
}

const within = ({ withinSeconds }: RpoOffer) => (withinSeconds === null ? {} : { withinSeconds });
