'use client';

import { useState } from 'react';
import { ActButton } from '#components/shell/act-button.tsx';
import { Age } from '#components/ui/age.tsx';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { Select, TextField } from '#components/ui/field.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Pager } from '#components/ui/pager.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { useAction } from '#components/ui/use-action.ts';
import { disableWebhookPlan, discardPlan } from './ending-plans.ts';
import type { NotificationsModel, SettingsActions } from './model.ts';
import { SecretOnce } from './secret-once.tsx';

interface NotificationsProps {
  notifications: NotificationsModel;
  actions: SettingsActions;
}

/** Where notifications go, how that goes, and what could not be delivered. */
export function Notifications({ notifications, actions }: NotificationsProps) {
  return (
    <>
      <NewWebhook notifications={notifications} createWebhook={actions.createWebhook} />
      <Webhooks notifications={notifications} disable={actions.disableWebhook} />
      <DeadLetters notifications={notifications} actions={actions} />
    </>
  );
}

const EMPTY_DRAFT = { kind: 'signed', name: '', url: '', routingKey: '', topic: '*' };

interface NewWebhookProps {
  notifications: NotificationsModel;
  createWebhook: SettingsActions['createWebhook'];
}

function NewWebhook({ notifications, createWebhook }: NewWebhookProps) {
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [secret, setSecret] = useState<string | null>(null);
  const create = useAction(() => setDraft(EMPTY_DRAFT));
  const pager = draft.kind === 'pagerduty';
  const missing =
    draft.name.trim() === ''
      ? 'Name who is told.'
      : pager && draft.routingKey.trim() === ''
        ? 'Give the integration key of the service.'
        : !pager && draft.url.trim() === ''
          ? 'Give the address.'
          : undefined;
  const submit = async () => {
    const { topic, ...webhook } = draft;
    const result = await createWebhook({ ...webhook, topics: [topic] });
    setSecret(result.ok && result.secret !== undefined ? result.secret : null);
    return result;
  };
  return (
    <>
      <SecretOnce
        secret={secret}
        label="Signing secret"
        note="It signs every notification of this webhook."
      />
      <div className="band pad">
        <CellHead
          title="Send notifications"
          note="to a webhook of yours, a Slack channel, or whoever is on call"
        />
        <div className="webhook-form">
          <Select
            label="Kind"
            value={draft.kind}
            options={notifications.kinds}
            onChange={(event) => setDraft({ ...draft, kind: event.target.value })}
          />
          <TextField
            label="Name"
            value={draft.name}
            placeholder="release channel"
            maxLength={80}
            error={create.failure?.fields?.name}
            onChange={(event) => setDraft({ ...draft, name: event.target.value })}
          />
          {pager ? (
            <TextField
              label="Integration key"
              value={draft.routingKey}
              autoComplete="off"
              maxLength={64}
              error={create.failure?.fields?.routingKey}
              onChange={(event) => setDraft({ ...draft, routingKey: event.target.value })}
            />
          ) : null}
          <TextField
            label="Address"
            value={draft.url}
            placeholder={pager ? 'PagerDuty’s own' : 'https://'}
            autoComplete="off"
            maxLength={1000}
            error={create.failure?.fields?.url}
            onChange={(event) => setDraft({ ...draft, url: event.target.value })}
          />
          <Select
            label="About"
            value={draft.topic}
            options={[
              { value: '*', label: 'everything' },
              ...notifications.topics.map((topic) => ({ value: topic, label: topic })),
            ]}
            onChange={(event) => setDraft({ ...draft, topic: event.target.value })}
          />
          <Button
            tone="primary"
            busy={create.busy}
            reason={reasonOf(notifications.create) ?? missing}
            onClick={() => create.run(submit)}
          >
            Add
          </Button>
        </div>
        <FailureNote failure={create.failure} verb="Not added" />
      </div>
    </>
  );
}

interface WebhooksProps {
  notifications: NotificationsModel;
  disable: SettingsActions['disableWebhook'];
}

function Webhooks({ notifications, disable }: WebhooksProps) {
  if (notifications.webhooks.length === 0)
    return (
      <div className="pad">
        <Empty title="Nobody is told.">
          What happens is shown here; a webhook tells a channel, a program or whoever is on call.
        </Empty>
      </div>
    );
  return (
    <div className="scroll">
      <table className="fold one">
        <thead>
          <tr>
            <th>Webhook</th>
            <th>Kind</th>
            <th>About</th>
            <th>State</th>
            <th className="num">Delivered</th>
            <th className="num">Waiting</th>
            <th className="num">Dead</th>
            <th>
              <span className="sr">Disable</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {notifications.webhooks.map((webhook) => (
            <tr key={webhook.id}>
              <td>
                <b>{webhook.name}</b>
                <span className="sub">{webhook.url}</span>
              </td>
              <td data-l="Kind">{webhook.kind}</td>
              <td className="soft wide-note" data-l="About">
                {webhook.topics}
              </td>
              <td data-l="State">
                <StatusWord status={webhook.status}>{webhook.word}</StatusWord>
                {webhook.lastError === null ? null : <span className="sub">{webhook.lastError}</span>}
              </td>
              <td className="num" data-l="Delivered">
                {webhook.delivered}
              </td>
              <td className="num" data-l="Waiting">
                {webhook.waiting}
              </td>
              <td className="num" data-l="Dead">
                {webhook.dead}
              </td>
              <td className="num full">
                <ActButton
                  tone="quiet"
                  plan={disableWebhookPlan(webhook)}
                  permission={webhook.disable}
                  run={() => disable(webhook.id)}
                  of={webhook.name}
                >
                  Disable
                </ActButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DeadLetters({ notifications, actions }: NotificationsProps) {
  const { busy, failure, run } = useAction();
  return (
    <>
      <CellHead
        padded
        title="Dead letters"
        note="given up after the last attempt; sent again or discarded by a person"
      />
      <FailureNote failure={failure} verb="Not sent again" />
      {notifications.letters.length === 0 ? (
        <div className="pad">
          <Empty title="Everything was delivered.">
            What fails ten times stands here until somebody looks at it.
          </Empty>
        </div>
      ) : (
        <div className="scroll">
          <table className="fold one">
            <thead>
              <tr>
                <th>What</th>
                <th>Webhook</th>
                <th>Last error</th>
                <th className="num">Attempts</th>
                <th className="num">Given up</th>
                <th>
                  <span className="sr">Send again or discard</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {notifications.letters.map((letter) => (
                <tr key={letter.id}>
                  <td className="wrap">{letter.text}</td>
                  <td data-l="Webhook">{letter.webhook}</td>
                  <td className="soft wrap" data-l="Last error">
                    {letter.lastError}
                  </td>
                  <td className="num" data-l="Attempts">
                    {letter.attempts}
                  </td>
                  <td className="num soft" data-l="Given up">
                    <Age at={letter.deadAt} />
                  </td>
                  <td className="num full">
                    <Button
                      tone="quiet"
                      busy={busy}
                      reason={reasonOf(letter.redeliver)}
                      onClick={() => run(() => actions.redeliver(letter.id))}
                    >
                      Send again <span className="sr">{letter.text}</span>
                    </Button>
                    <ActButton
                      tone="quiet"
                      plan={discardPlan(letter)}
                      permission={letter.discard}
                      run={() => actions.discard(letter.id)}
                      of={letter.text}
                    >
                      Discard
                    </ActButton>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {notifications.older === null && notifications.newer === null ? null : (
        <Pager summary="" newer={notifications.newer} older={notifications.older} />
      )}
    </>
  );
}
