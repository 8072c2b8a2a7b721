'use client';

import { useState } from 'react';
import { Moment, Until } from '#components/ui/age.tsx';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select, TextField } from '#components/ui/field.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { StatusWord } from '#components/ui/status.tsx';
import { useAction } from '#components/ui/use-action.ts';
import type { ApprovalActions, DelegationsModel } from './model.ts';

const TIMES = [
  { value: '1', label: '1 day' },
  { value: '3', label: '3 days' },
  { value: '7', label: '7 days' },
  { value: '14', label: '14 days' },
  { value: '30', label: '30 days' },
] as const;

interface DelegationsProps {
  delegations: DelegationsModel;
  actions: Pick<ApprovalActions, 'delegate' | 'revokeDelegation'>;
}

/** Who decides in whose name, and how to let somebody do so while one is away. */
export function Delegations({ delegations, actions }: DelegationsProps) {
  const revoke = useAction();
  return (
    <section className="delegations" aria-label="Delegations">
      <CellHead title="Delegates" note="decide in another’s name; both count once" />
      <FailureNote failure={revoke.failure} verb="Not revoked" />
      {delegations.items.length === 0 ? <p className="small soft">Nobody decides for another.</p> : null}
      <ul>
        {delegations.items.map((item) => (
          <li key={item.id} className="spread">
            <div>
              <b>{item.who}</b> <StatusWord status={item.status}>{item.word}</StatusWord>
              <p className="small soft">
                “{item.reason}”, until <Moment at={item.endsAt} />
                {item.mayRevoke ? (
                  <>
                    , <Until at={item.endsAt} past="over" />
                  </>
                ) : null}
              </p>
            </div>
            {item.mayRevoke ? (
              <Button
                tone="quiet"
                busy={revoke.busy}
                onClick={() => revoke.run(() => actions.revokeDelegation(item.id))}
              >
                Revoke <span className="sr">{item.who}</span>
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {delegations.create === null ? null : (
        <NewDelegation
          people={delegations.people}
          forbidden={reasonOf(delegations.create)}
          delegate={actions.delegate}
        />
      )}
    </section>
  );
}

interface NewDelegationProps {
  people: DelegationsModel['people'];
  forbidden: string | undefined;
  delegate: ApprovalActions['delegate'];
}

function NewDelegation({ people, forbidden, delegate }: NewDelegationProps) {
  const [draft, setDraft] = useState({ to: '', days: '3', reason: '' });
  const { busy, failure, run } = useAction(() => setDraft({ to: '', days: '3', reason: '' }));
  if (forbidden !== undefined) return <p className="why">{forbidden}</p>;
  const blocked =
    draft.to === ''
      ? 'Choose who decides in your name.'
      : draft.reason.trim().length < 3
        ? 'Say why first.'
        : undefined;
  const submit = () => delegate({ to: draft.to, reason: draft.reason.trim(), days: Number(draft.days) });
  return (
    <div className="new-delegation">
      <Select
        label="Decides in my name"
        value={draft.to}
        options={[
          { value: '', label: 'choose a person' },
          ...people.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(event) => setDraft({ ...draft, to: event.target.value })}
      />
      <Select
        label="For"
        value={draft.days}
        options={TIMES}
        onChange={(event) => setDraft({ ...draft, days: event.target.value })}
      />
      <TextField
        label="Reason"
        value={draft.reason}
        maxLength={500}
        error={failure?.fields?.reason}
        onChange={(event) => setDraft({ ...draft, reason: event.target.value })}
      />
      <FailureNote failure={failure} verb="Not delegated" />
      <Button busy={busy} reason={blocked} onClick={() => run(submit)}>
        Delegate
      </Button>
    </div>
  );
}
