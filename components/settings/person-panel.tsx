'use client';

import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useState } from 'react';
import { Moment } from '#components/ui/age.tsx';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select } from '#components/ui/field.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { useAction } from '#components/ui/use-action.ts';
import type { PersonDetail, SettingsActions, SettingsModel } from './model.ts';
import { RenamePerson } from './rename-person.tsx';

const TypedConfirm = dynamic(
  () => import('#components/ui/typed-confirm.tsx').then((module) => module.TypedConfirm),
  { ssr: false },
);

interface PersonPanelProps {
  person: PersonDetail;
  choices: SettingsModel['choices'];
  actions: SettingsActions;
}

const options = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

/** One person: their name, grants, a new grant, and the switch that ends their sessions. */
export function PersonPanel({ person, choices, actions }: PersonPanelProps) {
  const [asking, setAsking] = useState<boolean | null>(null);
  const [draft, setDraft] = useState({
    role: choices.roles[0] ?? '',
    region: choices.regions[0] ?? '',
    action: choices.actions[0] ?? '',
  });
  const change = useAction();
  const disable = useAction(() => setAsking(false));
  return (
    <aside className="side" aria-label={person.name}>
      <div className="pad band">
        <CellHead title={person.name} note={person.email} />
        <div className="spread">
          <span className="small soft">
            {person.disabled ? 'Disabled: cannot sign in, tokens do not work.' : person.consequence}
          </span>
          <span className="inline">
            <RenamePerson person={person} rename={actions.rename} />
            {person.disabled ? (
              <Button
                busy={change.busy}
                reason={reasonOf(person.switch)}
                onClick={() => change.run(() => actions.setDisabled(person.id, false))}
              >
                Enable
              </Button>
            ) : (
              <Button tone="danger" reason={reasonOf(person.switch)} onClick={() => setAsking(true)}>
                Disable
              </Button>
            )}
          </span>
        </div>
      </div>
      <div className="band">
        <CellHead padded title="Grants" note="role × Region × action" />
        <div className="scroll">
          <table className="tight one">
            <thead>
              <tr>
                <th>Role</th>
                <th>Region</th>
                <th>Action</th>
                <th>
                  <span className="sr">Revoke</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {person.grants.map((grant) => (
                <tr key={grant.id}>
                  <td>
                    {grant.role}
                    <span className="sub">
                      by {grant.grantedBy}, <Moment at={grant.at} />
                    </span>
                  </td>
                  <td>{grant.region}</td>
                  <td className="mono">{grant.action}</td>
                  <td className="num">
                    <Button
                      tone="quiet"
                      busy={change.busy}
                      reason={reasonOf(grant.revoke)}
                      onClick={() => change.run(() => actions.revokeGrant(grant.id))}
                    >
                      Revoke{' '}
                      <span className="sr">
                        {grant.role} in {grant.region}, {grant.action}
                      </span>
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      <div className="pad band">
        <Link className="link" href={person.history}>
          What they asked for and decided
        </Link>
      </div>
      <div className="pad">
        <CellHead title="Add a grant" />
        <div className="picks">
          <Select
            label="Role"
            value={draft.role}
            options={options(choices.roles)}
            onChange={(event) => setDraft({ ...draft, role: event.target.value })}
          />
          <Select
            label="Region"
            value={draft.region}
            options={options(choices.regions)}
            onChange={(event) => setDraft({ ...draft, region: event.target.value })}
          />
          <Select
            label="Action"
            value={draft.action}
            options={options(choices.actions)}
            onChange={(event) => setDraft({ ...draft, action: event.target.value })}
          />
        </div>
        <FailureNote failure={change.failure} verb="Not changed" />
        <div className="spread">
          <span className="small soft">Their sessions end; they sign in again with the new grants.</span>
          <Button
            busy={change.busy}
            reason={reasonOf(person.grant)}
            onClick={() => change.run(() => actions.grant(person.id, draft))}
          >
            Grant
          </Button>
        </div>
      </div>
      {asking === null ? null : (
        <TypedConfirm
          open={asking}
          onOpenChange={setAsking}
          title={`Disable ${person.name}`}
          consequence={`${person.consequence} What they started keeps running; what they requested stays.`}
          name={person.email}
          verb="Disable"
          next="They can be enabled again."
          busy={disable.busy}
          error={disable.failure?.message}
          onConfirm={() => disable.run(() => actions.setDisabled(person.id, true))}
        />
      )}
    </aside>
  );
}
