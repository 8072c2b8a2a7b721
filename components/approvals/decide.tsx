'use client';

import { type RefObject, useEffect, useRef, useState } from 'react';
import { rpoState } from '#components/recovery/request-rules.ts';
import { rpoText } from '#components/recovery/rpo-figures.tsx';
import { Button } from '#components/ui/button.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextField } from '#components/ui/field.tsx';
import { keepEntry, takeEntry } from '#components/ui/kept-entry.ts';
import { reasonOf } from '#components/ui/model.ts';
import { ProofField } from '#components/ui/proof-field.tsx';
import { asksForProof, proofBlocker } from '#components/ui/proof-model.ts';
import { isDialogOpen, isShortcut } from '#components/ui/typing.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';
import type { ApprovalActions, ApprovalRequest } from './model.ts';

const RPO_RULE = {
  none: undefined,
  accepted: undefined,
  open: 'Accept what may be lost first.',
  worse: 'More may be lost now than you accepted. Accept the new numbers.',
  stale: 'What may be lost is not known any more. Unknown is not safe: wait for a measurement.',
} as const;

/**
 * The decision, always at the bottom: what may be lost, reason, send back, reject, approve. A goes to Approve, R to the reason
 * and then to Reject, C to the comments; only Enter or ⌘↵ approves, so that no single letter does.
 */
export function Decide({ request, actions }: { request: ApprovalRequest; actions: ApprovalActions }) {
  const [reason, setReason] = useState('');
  const [accepted, setAccepted] = useState<RpoContract | null>(null);
  const [password, setPassword] = useState('');
  const action = useAction();
  const key = `${request.id} ${request.digest}`;
  // Back from the identity provider: the reason stands as it was entered; what may be lost is accepted anew.
  useEffect(() => {
    const kept = takeEntry(key);
    if (typeof kept === 'string') setReason(kept);
  }, [key]);
  const now = useNow();
  const bar = useRef<HTMLDivElement>(null);
  const forbidden = reasonOf(request.decide);
  const offer = request.rpo?.offer ?? null;
  const rpo = rpoState(offer, accepted, now);
  const noTurning = reasonOf(request.turnDown);
  const turned = noTurning ?? (reason.trim() === '' ? 'Write a reason first.' : undefined);
  const closed = forbidden !== undefined && noTurning !== undefined;
  useDecideKeys(bar);
  return (
    <div className="decide four" ref={bar}>
      <div>
        {action.failure === null ? null : <FailureNote failure={action.failure} verb="Not decided" />}
        {forbidden === undefined ? null : <p className="why">{forbidden}</p>}
        {request.decidesFor === null ? null : (
          <p className="why">You decide in the name of {request.decidesFor}; you both count once.</p>
        )}
        {offer === null || forbidden !== undefined ? null : (
          <label className="check small decide-rpo">
            <input
              type="checkbox"
              checked={rpo === 'accepted'}
              disabled={rpo === 'stale'}
              onChange={(event) => setAccepted(event.target.checked ? offer.bound : null)}
            />
            I accept to lose at most {rpoText(offer.bound)}; the run stops before promotion if it becomes
            more.
          </label>
        )}
        {forbidden === undefined && asksForProof(request.proof, now, action.failure?.rule) ? (
          <ProofField
            need={request.proof}
            value={password}
            error={action.failure?.fields?.password}
            onChange={setPassword}
            onLeave={() => keepEntry(key, reason)}
            signInAgain={actions.signInAgain}
          />
        ) : null}
        <TextField
          label={
            <>
              Reason <span className="muted regular">needed to send back or reject, kept in audit</span>
            </>
          }
          placeholder="What must change before you would agree"
          maxLength={1000}
          value={reason}
          data-reason
          readOnly={closed}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <Button
        busy={action.busy}
        reason={turned}
        onClick={() => action.run(() => actions.askChanges(request.id, reason.trim()))}
      >
        Ask for changes
      </Button>
      <span data-reject>
        <Button
          tone="danger"
          busy={action.busy}
          reason={turned}
          onClick={() => action.run(() => actions.reject(request.id, reason.trim()))}
        >
          Reject <kbd className="hide-phone bare">R</kbd>
        </Button>
      </span>
      <span data-approve>
        <Button
          tone="primary"
          busy={action.busy}
          reason={forbidden ?? RPO_RULE[rpo] ?? proofBlocker(request.proof, password, now)}
          onClick={() =>
            action.run(() =>
              actions.approve(request.id, request.digest, offer === null ? null : accepted, password),
            )
          }
        >
          Approve {request.id} <kbd className="hide-phone bare">A</kbd>{' '}
          <kbd className="hide-phone bare">⌘↵</kbd>
        </Button>
      </span>
    </div>
  );
}

/** Who presses ⌘↵ in a comment means the comment. */
function isCommenting(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-comment]') !== null;
}

/** Keys of the open request. */
function useDecideKeys(bar: RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const find = (selector: string) => bar.current?.querySelector<HTMLElement>(selector);
    const focus: Readonly<Record<string, () => HTMLElement | null | undefined>> = {
      a: () => find('[data-approve] button'),
      r: () => {
        const reason = bar.current?.querySelector<HTMLInputElement>('[data-reason]');
        return reason && reason.value.trim() === '' ? reason : find('[data-reject] button');
      },
      c: () => document.querySelector<HTMLElement>('[data-comment]'),
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
        if (isCommenting(event.target) || isDialogOpen()) return;
        event.preventDefault();
        find('[data-approve] button')?.click();
        return;
      }
      if (!isShortcut(event)) return;
      const key = event.key.toLowerCase();
      const target = Object.hasOwn(focus, key) ? focus[key]?.() : undefined;
      if (!target) return;
      event.preventDefault(); // the letter is not written into what it leads to
      target.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [bar]);
}
