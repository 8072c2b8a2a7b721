import type { ActPlan } from '#components/shell/act-model.ts';
import { plural } from '#components/ui/format.ts';
import type { NotificationsModel, TokenRow } from './model.ts';

type Webhook = NotificationsModel['webhooks'][number];
type Letter = NotificationsModel['letters'][number];

/** The sheet before a token is revoked. */
export function revokeTokenPlan(token: TokenRow): ActPlan {
  return {
    title: `Revoke ${token.name}`,
    note: `token of ${token.owner}`,
    changes: [{ label: token.name, before: token.word, after: 'revoked' }],
    changeNote: 'At once, and for good: what needs it is given another token.',
    checks: [
      token.lastUsedAt === null
        ? { id: 'use', status: 'ok', text: 'Nothing has used it yet.' }
        : {
            id: 'use',
            status: 'warning',
            text: 'What uses it is refused from its next request on.',
            reason: `It may ${token.scope}.`,
          },
    ],
    agreement: 'Nobody else.',
    verb: `Revoke ${token.name}`,
    reason: 'none',
  };
}

/** The sheet before a webhook is disabled: what waits for it is dropped, and nothing enables it again. */
export function disableWebhookPlan(webhook: Webhook): ActPlan {
  const undelivered = webhook.waiting + webhook.dead;
  return {
    title: `Disable ${webhook.name}`,
    note: webhook.url,
    changes: [{ label: webhook.name, before: webhook.word, after: 'disabled' }],
    changeNote: 'At once, and for good: to send there again, add another.',
    checks: [
      {
        id: 'told',
        status: 'warning',
        text: 'Whoever reads there is not told any more.',
        reason: `It is told of ${webhook.topics}.`,
      },
      undelivered === 0
        ? { id: 'waiting', status: 'ok', text: 'Nothing waits for it.' }
        : {
            id: 'waiting',
            status: 'warning',
            text: `${plural(undelivered, 'notification')} that it did not get ${undelivered === 1 ? 'is' : 'are'} discarded.`,
          },
    ],
    agreement: 'Nobody else.',
    verb: `Disable ${webhook.name}`,
    reason: 'none',
  };
}

/** The sheet before a notification that was given up is taken off the list. */
export function discardPlan(letter: Letter): ActPlan {
  return {
    title: 'Discard a notification',
    note: letter.webhook,
    changes: [{ label: letter.text, before: 'given up', after: 'discarded' }],
    changeNote: 'For good: it cannot be sent again.',
    checks: [
      {
        id: 'unread',
        status: 'warning',
        text: `${letter.webhook} never learns of it from here.`,
        reason: letter.lastError,
      },
    ],
    agreement: 'Nobody else.',
    verb: 'Discard it',
    reason: 'none',
  };
}
