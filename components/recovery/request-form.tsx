'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { AcceptList } from '#components/ui/accept-list.tsx';
import { ActParts } from '#components/ui/act-parts.tsx';
import { Button } from '#components/ui/button.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { Digest } from '#components/ui/digest.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select, TextField } from '#components/ui/field.tsx';
import { formatClock, formatSignedMoney, plural } from '#components/ui/format.ts';
import { keepEntry, takeEntry } from '#components/ui/kept-entry.ts';
import { ProofField } from '#components/ui/proof-field.tsx';
import { asksForProof } from '#components/ui/proof-model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { RequestReason } from '#components/ui/request-reason.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import { tally } from '#components/ui/tally.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { EmergencyOffer, RequestActions, RequestModel } from './request-model.ts';
import {
  type Draft,
  EMPTY_DRAFT,
  emergencyBlocker,
  inputOf,
  isAnotherPlan,
  overridden,
  readDraft,
  requestBlocker,
  requestKey,
} from './request-rules.ts';
import { RpoAcceptance } from './rpo-acceptance.tsx';

/** What is entered for one request, and the two ways it can go. Give its host `requestKey` as key. */
export function useRequestForm(model: RequestModel, actions: RequestActions) {
  const router = useRouter();
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const key = requestKey(model);
  // Back from the identity provider: everything stands as it was entered.
  useEffect(() => {
    const kept = readDraft(takeEntry(key));
    if (kept !== null) setDraft(kept);
  }, [key]);
  const action = useAction(({ href }) => {
    if (href !== undefined) router.push(href);
  });
  const change = (part: Partial<Draft>) => {
    action.clear();
    keepAddress(model);
    setDraft((before) => ({ ...before, ...part }));
  };
  const run = (way: 'request' | 'declare') => action.run(() => actions[way](inputOf(model, draft)));
  const keep = () => keepEntry(key, { ...draft, password: '' });
  return { draft, change, run, keep, actions, busy: action.busy, failure: action.failure };
}

/** From the first word on it stays what it is: another recommendation does not take the form away. */
function keepAddress({ keepHref }: RequestModel) {
  if (keepHref === null || window.location.pathname + window.location.search === keepHref) return;
  window.history.replaceState(null, '', keepHref);
}

type Form = ReturnType<typeof useRequestForm>;

interface PartProps {
  model: RequestModel;
  form: Form;
}

/** What will change, what could go wrong, who must agree. */
export function RequestParts({ model, form }: PartProps) {
  const { draft, change } = form;
  return (
    <ActParts
      change={{ right: <PlanLink model={model} />, content: <Change model={model} /> }}
      risk={{
        right: tally(model.checks, draft.accepted),
        content: (
          <AcceptList
            checks={model.checks}
            accepted={draft.accepted}
            onAccept={(accepted) => change({ accepted })}
          />
        ),
      }}
      agreement={{
        right: <Digest digest={model.digest} />,
        content: <Agreement model={model} form={form} />,
      }}
    />
  );
}

function PlanLink({ model: { plan } }: { model: RequestModel }) {
  return (
    <>
      <Link className="link" href={plan.href}>
        {plural(plan.steps, 'step')}
      </Link>
      {plan.typicalSeconds === null ? ', never run yet' : `, usually ${formatClock(plan.typicalSeconds)}`}
    </>
  );
}

function Change({ model }: { model: RequestModel }) {
  const router = useRouter();
  const { choices, changes, changeNote, plan, price } = model;
  return (
    <>
      {choices.length === 0 ? null : (
        <div className="picks">
          {choices.map((choice) => (
            <Select
              key={choice.name}
              label={choice.label}
              value={choice.value}
              options={choice.options}
              hint={choice.hint}
              onChange={(event) => {
                const chosen = choice.options.find(({ value }) => value === event.target.value);
                if (chosen !== undefined) router.replace(chosen.href, { scroll: false });
              }}
            />
          ))}
        </div>
      )}
      <table className="tight flush">
        <tbody>
          {changes.map(({ label, before, after, same }) => (
            <tr key={label} className={same === true ? 'muted' : undefined}>
              <td>{label}</td>
              <td className="num wide-note">
                {same === true ? (
                  <Prose text={after} />
                ) : (
                  <>
                    <span className="ba">
                      <Prose text={before} /> →
                    </span>{' '}
                    <b>
                      <Prose text={after} />
                    </b>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {plan.irreversible === null ? null : (
        <p className="small below-chart">
          <span className="tag">irreversible</span> <Prose text={plan.irreversible} />
        </p>
      )}
      {changeNote === undefined ? null : <p className="hint">{changeNote}</p>}
      <div className="spread small below-chart">
        <span className="soft nowrap">Price, if kept a month</span>
        <span className="num-wrap">
          <span className="muted">
            {price.lines.map((line) => `${line.label} ${formatSignedMoney(line.monthlyDollars)}`).join(', ')}
          </span>{' '}
          <b className="nowrap">{formatSignedMoney(price.monthlyDollars)} /month</b>
        </span>
      </div>
    </>
  );
}

function Agreement({ model, form }: PartProps) {
  const { draft, change } = form;
  const { agreement, emergency, rpo, typed } = model;
  return (
    <>
      <div className="spread small">
        <span>{agreement.rule}</span>
        <span className="soft num-wrap">{agreement.candidates}</span>
      </div>
      <p className="hint">The approval expires {agreement.expires}.</p>
      {rpo === null ? null : (
        <div className="spaced">
          <span className="label">What may be lost</span>
          <RpoAcceptance
            offer={rpo}
            accepted={draft.rpo}
            isAnotherPlan={isAnotherPlan(model, draft)}
            onAccept={(bound) => change({ rpo: bound, rpoDigest: model.digest, rpoShape: model.shape })}
          />
        </div>
      )}
      <RequestReason
        placeholder="What you see, and what you expect of this"
        value={draft.reason}
        onChange={(reason) => change({ reason })}
      />
      {typed === null ? null : (
        <div className="spaced">
          <TextField
            label={
              <>
                Type <span className="mono">{typed.name}</span>{' '}
                <span className="muted regular">{typed.why}</span>
              </>
            }
            className="mono"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            value={draft.typed}
            hint={
              draft.typed.trim() === typed.name
                ? 'Matches.'
                : `${Math.min(draft.typed.length, typed.name.length)} of ${typed.name.length} letters`
            }
            onChange={(event) => change({ typed: event.target.value })}
          />
        </div>
      )}
      <Proof model={model} form={form} />
      {emergency?.permission.allowed === true ? (
        <Emergency offer={emergency} typed={draft.override} onType={(override) => change({ override })} />
      ) : null}
    </>
  );
}

/** Asked in the same form: an emergency is started on one screen. */
function Proof({ model, form }: PartProps) {
  const now = useNow();
  const { draft, change, failure, keep, actions } = form;
  if (!asksForProof(model.proof, now, failure?.rule)) return null;
  return (
    <div className="spaced">
      <ProofField
        need={model.proof}
        value={draft.password}
        error={failure?.fields?.password}
        onChange={(password) => change({ password })}
        onLeave={keep}
        signInAgain={actions.signInAgain}
      />
    </div>
  );
}

function Emergency({
  offer,
  typed,
  onType,
}: {
  offer: EmergencyOffer;
  typed: string;
  onType: (typed: string) => void;
}) {
  return (
    <div className="spaced emergency">
      <p className="small">
        <b>As an emergency.</b> {offer.debt}
      </p>
      {offer.override.length === 0 ? null : (
        <TextField
          label={
            <>
              Type <span className="mono">{offer.override.join(' ')}</span>{' '}
              <span className="muted regular">to start although readiness refuses</span>
            </>
          }
          className="mono"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          hint={
            <span className="inline">
              {offer.override.map((id) => (
                <span key={id} className="st regular">
                  <StatusShape
                    status={overridden([id], typed).length > 0 ? 'ok' : 'waiting'}
                    label={overridden([id], typed).length > 0 ? 'overridden' : 'not typed'}
                  />
                  {id}
                </span>
              ))}
            </span>
          }
          onChange={(event) => onType(event.target.value)}
        />
      )}
    </div>
  );
}

/** The rule that still stands in the way, and the two buttons. */
export function RequestFooter({ model, form, onClose }: PartProps & { onClose?: () => void }) {
  const now = useNow();
  const { draft, busy, failure, run } = form;
  const blocked = requestBlocker(model, draft, now);
  return (
    <>
      <FailureNote failure={failure} verb="Not requested" />
      <span className="why">
        <Prose text={blocked ?? 'Nothing changes until it is approved.'} />
      </span>
      {onClose === undefined ? null : <Button onClick={onClose}>Not now</Button>}
      <Button tone="primary" busy={busy} reason={blocked} onClick={() => run('request')}>
        Request approval
      </Button>
      {model.emergency === null ? null : (
        <Button
          tone="danger-solid"
          busy={busy}
          reason={emergencyBlocker(model, draft, now)}
          onClick={() => run('declare')}
        >
          Declare emergency and start now
        </Button>
      )}
    </>
  );
}
