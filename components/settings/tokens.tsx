'use client';

import { useState } from 'react';
import { ActButton } from '#components/shell/act-button.tsx';
import { Age, Until } from '#components/ui/age.tsx';
import { Button } from '#components/ui/button.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select, TextField } from '#components/ui/field.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { ProofField } from '#components/ui/proof-field.tsx';
import { asksForProof } from '#components/ui/proof-model.ts';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { useAction } from '#components/ui/use-action.ts';
import { revokeTokenPlan } from './ending-plans.ts';
import type { SettingsActions, SettingsModel } from './model.ts';
import { SecretOnce } from './secret-once.tsx';

const LIFETIMES = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
] as const;

/** Roles whose tokens may approve, or declare an emergency. */
const STRONG: ReadonlySet<string> = new Set(['operator', 'approver']);

/** Tokens of machines: hashed at rest, scoped, expiring; the secret is seen once. */
export function Tokens({ settings, actions }: { settings: SettingsModel; actions: SettingsActions }) {
  const [draft, setDraft] = useState({ name: '', role: settings.choices.roles[0] ?? '', days: 30 });
  const [password, setPassword] = useState('');
  const now = useNow();
  const [secret, setSecret] = useState<string | null>(null);
  const create = useAction();
  const missing = draft.name.trim() === '' ? 'Name what will use it.' : undefined;
  const submit = async () => {
    const result = await actions.createToken({ ...draft, name: draft.name.trim(), password });
    if (result.ok && result.secret !== undefined) setSecret(result.secret);
    return result;
  };
  return (
    <>
      <SecretOnce secret={secret} label="New token" note="Only its hash is kept." />
      <div className="band pad">
        <CellHead title="Create a token" note="for a pipeline or a script; it acts as you, within the role" />
        <div className="token-form">
          <TextField
            label="Name"
            value={draft.name}
            placeholder="ci-release"
            maxLength={60}
            error={create.failure?.fields?.name}
            onChange={(event) => setDraft({ ...draft, name: event.target.value })}
          />
          <Select
            label="Role"
            value={draft.role}
            options={settings.choices.roles.map((role) => ({ value: role, label: role }))}
            onChange={(event) => setDraft({ ...draft, role: event.target.value })}
          />
          <Select
            label="Expires after"
            value={String(draft.days)}
            options={LIFETIMES}
            onChange={(event) => setDraft({ ...draft, days: Number(event.target.value) })}
          />
          <Button
            tone="primary"
            busy={create.busy}
            reason={reasonOf(settings.createToken) ?? missing}
            onClick={() => create.run(submit)}
          >
            Create token
          </Button>
        </div>
        {STRONG.has(draft.role) && asksForProof(settings.proof, now, create.failure?.rule) ? (
          <ProofField
            need={settings.proof}
            value={password}
            error={create.failure?.fields?.password}
            onChange={setPassword}
            onLeave={() => undefined}
            signInAgain={actions.signInAgain}
          />
        ) : null}
        <FailureNote failure={create.failure} verb="Not created" />
      </div>
      {settings.tokens.length === 0 ? (
        <div className="pad">
          <Empty title="No token exists.">A pipeline needs one to request operations over the API.</Empty>
        </div>
      ) : (
        <div className="scroll">
          <table className="fold one">
            <thead>
              <tr>
                <th>Token</th>
                <th>Owner</th>
                <th>Scope</th>
                <th>State</th>
                <th className="num">Last used</th>
                <th className="num">Expires</th>
                <th>
                  <span className="sr">Revoke</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {settings.tokens.map((token) => (
                <tr key={token.id}>
                  <td>
                    <b>{token.name}</b>
                  </td>
                  <td data-l="Owner">{token.owner}</td>
                  <td className="soft" data-l="Scope">
                    {token.scope}
                  </td>
                  <td data-l="State">
                    <StatusWord status={token.status}>{token.word}</StatusWord>
                  </td>
                  <td className="num soft" data-l="Last used">
                    {token.lastUsedAt === null ? (
                      <span className="muted">never</span>
                    ) : (
                      <Age at={token.lastUsedAt} />
                    )}
                  </td>
                  <td className="num soft" data-l="Expires">
                    <Until at={token.expiresAt} past="expired" />
                  </td>
                  <td className="num full">
                    <ActButton
                      tone="quiet"
                      plan={revokeTokenPlan(token)}
                      permission={token.revoke}
                      run={() => actions.revokeToken(token.id)}
                      of={token.name}
                    >
                      Revoke
                    </ActButton>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
