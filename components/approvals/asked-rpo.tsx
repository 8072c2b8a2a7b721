import { isWorse } from '#components/recovery/request-rules.ts';
import { RpoFigures, rpoText } from '#components/recovery/rpo-figures.tsx';
import { Age } from '#components/ui/age.tsx';
import { CellHead, DefinitionList } from '#components/ui/layout.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { ApprovalRequest } from './model.ts';

/** What the approver is asked to accept to be lost, beside what the requester did. */
export function AskedRpo({ rpo: { offer, requested } }: { rpo: NonNullable<ApprovalRequest['rpo']> }) {
  const { bound, lastOrder, orders, ordersPerSecond } = offer;
  const worse = isWorse(requested, bound);
  return (
    <section>
      <CellHead
        title="What may be lost, at most"
        right={
          <Age
            at={bound.measuredAt}
            verb="measured"
            {...(offer.withinSeconds === null ? {} : { withinSeconds: offer.withinSeconds })}
          />
        }
      />
      <RpoFigures
        seconds={bound.seconds}
        bytes={bound.bytes}
        orders={
          orders === null || ordersPerSecond === null ? null : { count: orders, perSecond: ordersPerSecond }
        }
      />
      <DefinitionList
        items={[
          {
            term: 'Requester',
            description: (
              <StatusWord status={worse ? 'held' : 'ok'}>
                {worse ? `accepted ${rpoText(requested)}: it became worse` : 'accepted the same'}
              </StatusWord>
            ),
          },
          { term: 'Measured', description: offer.when },
          {
            term: 'Last order',
            description:
              lastOrder === null ? (
                'none seen on the target'
              ) : (
                <>
                  <span className="mono">{lastOrder.id}</span>
                  {lastOrder.region === null ? '' : `, ${lastOrder.region}`}
                </>
              ),
          },
        ]}
      />
    </section>
  );
}
