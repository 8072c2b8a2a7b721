import Link from 'next/link';
import { rpoText } from '#components/recovery/rpo-figures.tsx';
import { Moment, Until } from '#components/ui/age.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { CellHead, Cells, DefinitionList } from '#components/ui/layout.tsx';
import { Note } from '#components/ui/note.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { InboxList } from './inbox-list.tsx';
import type { ApprovalActions, ReviewDetail, ReviewsModel } from './model.ts';
import { ReviewButton } from './review-button.tsx';

/** What was started as an emergency and waits for a second person. */
export function Reviews({
  reviews,
  review,
}: {
  reviews: ReviewsModel;
  review: NonNullable<ApprovalActions['review']>;
}) {
  const chosen = reviews.review;
  return (
    <div className="grid-ap">
      <div className={chosen === null ? undefined : 'hide-phone'}>
        {reviews.open.length === 0 ? (
          <div className="pad">
            <Empty title="No review is owed.">
              An emergency that started without approval stands here until a second person has reviewed it.
            </Empty>
          </div>
        ) : (
          <InboxList items={reviews.open} />
        )}
        {reviews.closed.length === 0 ? null : (
          <>
            <CellHead padded title="Reviewed lately" />
            <InboxList items={reviews.closed} />
          </>
        )}
      </div>
      <div className="decide-wrap">
        {chosen === null ? (
          <div className="pad">
            <Empty title="No review is open.">Choose one at the left. J and K move, Enter opens.</Empty>
          </div>
        ) : (
          <Detail key={chosen.id} detail={chosen} review={review} />
        )}
      </div>
    </div>
  );
}

function Detail({
  detail,
  review,
}: {
  detail: ReviewDetail;
  review: NonNullable<ApprovalActions['review']>;
}) {
  const { links, rpo } = detail;
  return (
    <>
      <div className="request-h">
        <div className="spread">
          <h2>{detail.title}</h2>
          <span className="age">{detail.environment}</span>
        </div>
        <p className="soft">
          Declared <Moment at={detail.declaredAt} /> by {detail.debtor}: “{detail.reason}”
        </p>
        <div className="spaced">
          {detail.closed === null ? (
            <Note status={detail.status} title={detail.holds}>
              Due <Moment at={detail.dueAt} utc />, <Until at={detail.dueAt} past="overdue" />. Emergencies,
              aborts and reverts stay allowed.
            </Note>
          ) : (
            <Note status={detail.status} title={`${detail.closed.who} reviewed it.`}>
              <Moment at={detail.closed.at} />: “{detail.closed.note}”
            </Note>
          )}
        </div>
      </div>
      <Cells columns="minmax(0,1fr) 340px">
        <div>
          <CellHead title="What came of it" />
          {detail.outcome.length === 0 ? (
            <p className="small soft">
              No operation of this console did it; its record stands in the audit log.
            </p>
          ) : null}
          <table className="tight flush">
            <tbody>
              {detail.outcome.map(({ term, status, text }) => (
                <tr key={term}>
                  <td className="soft">{term}</td>
                  <td>
                    <StatusWord status={status}>{text}</StatusWord>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div>
          <CellHead title="The run" />
          <DefinitionList
            items={[
              {
                term: 'Operation',
                description:
                  detail.operation === null ? (
                    'none: done with the console dead'
                  ) : (
                    <Link className="link" href={detail.operation.href}>
                      {detail.operation.id}
                    </Link>
                  ),
              },
              ...(links.report === null
                ? []
                : [
                    {
                      term: 'Report',
                      description: (
                        <a className="link" href={links.report}>
                          signed page
                        </a>
                      ),
                    },
                  ]),
              ...(links.replay === null
                ? []
                : [
                    {
                      term: 'Replay',
                      description: (
                        <Link className="link" href={links.replay}>
                          scrub over it
                        </Link>
                      ),
                    },
                  ]),
              {
                term: 'Audit',
                description: (
                  <Link className="link" href={links.audit}>
                    every row of it
                  </Link>
                ),
              },
            ]}
          />
        </div>
      </Cells>
      <Cells columns="minmax(0,1fr) 340px">
        <div>
          <CellHead title="What an approver would have been asked to accept" />
          {detail.overridden.length === 0 ? (
            <p className="small soft">Nothing: every check passed when it began.</p>
          ) : (
            <CheckList checks={detail.overridden} />
          )}
        </div>
        <div>
          <CellHead title="RPO contract" />
          {rpo === null ? (
            <p className="small soft">Nothing could be lost by it.</p>
          ) : (
            <DefinitionList
              items={[
                { term: 'Accepted', description: `at most ${rpoText(rpo.accepted)}` },
                { term: 'Lost', description: <StatusWord status={rpo.status}>{rpo.lost}</StatusWord> },
              ]}
            />
          )}
        </div>
      </Cells>
      {detail.closed === null ? <ReviewButton detail={detail} review={review} /> : null}
    </>
  );
}
