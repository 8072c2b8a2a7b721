import Link from 'next/link';
import { Age, Moment, Until } from '#components/ui/age.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { CopyBlock } from '#components/ui/code.tsx';
import { CellHead, Cells, DefinitionList, PageHead } from '#components/ui/layout.tsx';
import { Note } from '#components/ui/note.tsx';
import { Pager } from '#components/ui/pager.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { AskedRpo } from './asked-rpo.tsx';
import { Comments } from './comments.tsx';
import { Decide } from './decide.tsx';
import { Delegations } from './delegations.tsx';
import { InboxList } from './inbox-list.tsx';
import type { ApprovalActions, ApprovalRequest, ApprovalsModel } from './model.ts';
import { Reviews } from './reviews.tsx';

/** The inbox, and the request that is open in it. */
export function ApprovalsView({
  approvals,
  actions,
}: {
  approvals: ApprovalsModel;
  actions: ApprovalActions;
}) {
  return (
    <>
      <PageHead
        status={approvals.status}
        answer={approvals.answer}
        detail={approvals.detail}
        actions={<LinkTabs label="Which requests" items={approvals.tabs} />}
      />
      {approvals.reviews === null || actions.review === undefined ? (
        <Requests approvals={approvals} actions={actions} />
      ) : (
        <Reviews reviews={approvals.reviews} review={actions.review} />
      )}
    </>
  );
}

function Requests({ approvals, actions }: { approvals: ApprovalsModel; actions: ApprovalActions }) {
  const { request, delegations } = approvals;
  const listed = approvals.inbox.length + approvals.closed.length;
  return (
    <div className="grid-ap">
      <div className={request === null ? undefined : 'hide-phone'}>
        {approvals.filters.length === 0 ? null : (
          <nav className="inbox-filters" aria-label="How it ended">
            {approvals.filters.map(({ label, href, current }) => (
              <Link
                key={label}
                className={current ? 'chip set' : 'chip'}
                href={href}
                scroll={false}
                aria-current={current ? 'page' : undefined}
              >
                {label}
              </Link>
            ))}
          </nav>
        )}
        {listed === 0 ? <Nothing text={approvals.emptyText} /> : null}
        {approvals.inbox.length === 0 ? null : <InboxList items={approvals.inbox} />}
        {approvals.closed.length === 0 ? null : <InboxList items={approvals.closed} />}
        {approvals.older === null && approvals.newer === null ? null : (
          <Pager summary="" newer={approvals.newer} older={approvals.older} />
        )}
        {listed === 0 ? null : <Keys />}
        {delegations === null ? null : (
          <div className="pad topline">
            <Delegations delegations={delegations} actions={actions} />
          </div>
        )}
      </div>
      <div className="decide-wrap">
        {request === null ? (
          <div className="pad">
            <Empty title="No request is open.">Choose one at the left. J and K move, Enter opens.</Empty>
          </div>
        ) : (
          <Request key={request.id} request={request} actions={actions} />
        )}
      </div>
    </div>
  );
}

function Nothing({ text }: { text: string | null }) {
  return (
    <div className="pad">
      <Empty title={text === null ? 'Nothing waits.' : 'Nothing is listed.'}>
        {text ?? 'A request stands here from the moment it is made until it is decided or expires.'}
      </Empty>
    </div>
  );
}

const KEYS = [
  { keys: ['J', 'K'], does: 'move' },
  { keys: ['↵'], does: 'opens' },
  { keys: ['A'], does: 'approve' },
  { keys: ['R'], does: 'reject' },
  { keys: ['C'], does: 'comment' },
  { keys: ['?'], does: 'all keys' },
] as const;

function Keys() {
  return (
    <p className="inbox-keys small muted hide-phone">
      {KEYS.map(({ keys, does }) => (
        <span key={does}>
          {keys.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}{' '}
          {does}
        </span>
      ))}
    </p>
  );
}

const LINE = { context: 'ev-line k', removed: 'ev-line k', added: 'ev-line added' } as const;
const SIGN = { context: '  ', removed: '- ', added: '+ ' } as const;

/** Numbers stand right, with their difference; words stand left. */
function Changes({ changes }: { changes: ApprovalRequest['changes'] }) {
  const numbers = changes.some(({ difference }) => difference !== undefined);
  const side = numbers ? 'num' : undefined;
  const muted = numbers ? 'num muted' : 'muted';
  return (
    <table className="tight flush">
      <thead>
        <tr>
          <th>
            <span className="sr">What</span>
          </th>
          <th className={side}>Now</th>
          <th className={side}>After</th>
          {numbers ? <th className="num hide-phone">Difference</th> : null}
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.label}>
            <td>
              <Prose text={change.label} />
            </td>
            <td className={muted}>
              <Prose text={change.now} />
            </td>
            <td className={change.same === true ? muted : side}>
              {change.same === true ? (
                change.after
              ) : numbers ? (
                <b>{change.after}</b>
              ) : (
                <Prose text={change.after} />
              )}
            </td>
            {numbers ? (
              <td className={change.same === true ? 'num muted hide-phone' : 'num hide-phone'}>
                {change.difference}
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Request({ request, actions }: { request: ApprovalRequest; actions: ApprovalActions }) {
  const { agreement } = request;
  return (
    <>
      <div className="request-h">
        <div className="spread">
          <h2>{request.title}</h2>
          <span className="age">
            {request.id}, {request.environment}
          </span>
        </div>
        <p className="soft">
          Requested <Moment at={request.requestedAt} /> by {request.requestedBy}: “{request.reason}”
        </p>
        {request.closed === null ? null : (
          <div className="spaced">
            <Note status="held" title="Closed.">
              {request.closed}{' '}
              {request.revise === null ? null : (
                <Link className="link" href={request.revise}>
                  Revise
                </Link>
              )}
            </Note>
          </div>
        )}
        {request.voided === null ? null : (
          <div className="spaced">
            <Note status="warning" title="The approvals are void.">
              {request.voided.text}{' '}
              {request.closed === null ? 'It is requested anew from the new preview.' : ''}
            </Note>
          </div>
        )}
        {request.risk.high ? (
          <div className="spaced">
            <Note status="warning" title="High risk.">
              <Prose text={request.risk.reasons.join(' ')} />
            </Note>
          </div>
        ) : null}
      </div>
      <Cells columns="minmax(0,1fr) 340px">
        <div>
          <CellHead title="What will change" right={<span className="age">{request.changeNote}</span>} />
          <Changes changes={request.changes} />
          {request.irreversible === null ? null : (
            <div className="spaced">
              <Note status="warning" title="It cannot be undone.">
                <Prose text={request.irreversible} />
              </Note>
            </div>
          )}
          {request.records.length === 0 ? null : (
            <div className="spaced">
              <CopyBlock label="Record sets before and after">
                {request.records.map((line) => (
                  <span key={`${line.kind} ${line.text}`} className={LINE[line.kind]}>
                    {SIGN[line.kind]}
                    {line.text}
                  </span>
                ))}
              </CopyBlock>
            </div>
          )}
        </div>
        <div className="stack">
          {request.rpo === null ? null : <AskedRpo rpo={request.rpo} />}
          <section>
            <CellHead title="Price" />
            <dl className="kv">
              {request.price.map((line) => (
                <div key={line.term} className="kv-row">
                  <dt>{line.term}</dt>
                  <dd className="num">
                    {line.strong === true ? <b>{line.description}</b> : line.description}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
          <section>
            <CellHead title="Who must agree" />
            <CheckList
              checks={agreement.requirements.map(({ key, words, status, word, who }) => ({
                id: key,
                status,
                text: `${words}: ${word}.`,
                ...(who === null ? {} : { reason: who }),
              }))}
            />
            <DefinitionList
              items={[
                ...(agreement.requirements.length === 0
                  ? [{ term: 'Rule', description: agreement.rule }]
                  : []),
                {
                  term: 'You',
                  description: <StatusWord status={agreement.you.status}>{agreement.you.word}</StatusWord>,
                },
                ...agreement.others.map((other) => ({
                  term: other.who,
                  description: (
                    <>
                      <StatusWord status={other.status}>{other.word}</StatusWord>
                      {other.reason === undefined ? null : <p className="small soft">“{other.reason}”</p>}
                    </>
                  ),
                })),
                {
                  term: 'Expires',
                  description: (
                    <>
                      <Moment at={agreement.expiresAt} />, <Until at={agreement.expiresAt} past="expired" />
                    </>
                  ),
                },
                { term: 'Undo', description: agreement.undo },
              ]}
            />
            {agreement.tightened === null ? null : <p className="hint">{agreement.tightened}</p>}
          </section>
        </div>
      </Cells>
      <Cells columns="minmax(0,1fr) 340px">
        <div>
          <CellHead
            title="What could go wrong"
            right={<Age at={request.recheckedAt} withinSeconds={30} verb="re-checked" />}
          />
          <CheckList checks={request.checks} />
        </div>
        <div>
          <CellHead title="Approval is bound to" />
          <p className="mono digest" title={request.digest}>
            sha256 {request.digest.slice(0, 12)}…{request.digest.slice(-6)}
          </p>
          <CheckList checks={request.bound} />
          <p className="hint">If one changes, your approval is void and you are asked again.</p>
        </div>
      </Cells>
      <div className="pad topline">
        <Comments operationId={request.id} comments={request.comments} comment={actions.comment} />
      </div>
      {request.closed === null ? <Decide request={request} actions={actions} /> : null}
    </>
  );
}
