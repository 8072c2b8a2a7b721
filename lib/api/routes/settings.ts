import { z } from 'zod';
import { WEBHOOK_KINDS } from '#lib/domain/webhook/kind.ts';
import {
  listPolicies,
  RemovePolicyInput,
  removePolicy,
  SetPolicyInput,
  setPolicy,
} from '../../services/approvals/policies.ts';
import {
  discardNotification,
  ListDeadLettersInput,
  listDeadLetters,
  redeliverNotification,
} from '../../services/notifications/dead-letters.ts';
import {
  listRecoveryPolicies,
  SetRecoveryPolicyInput,
  setRecoveryPolicy,
} from '../../services/recovery/policy.ts';
import { assertPermitted, parseInput } from '../../services/verb.ts';
import {
  CreateWebhookInput,
  createWebhook,
  disableWebhook,
  listWebhooks,
} from '../../services/webhooks/webhooks.ts';
import { defineRoute, withPath } from '../define-route.ts';
import { DeadLetter, Identified, Policy, RecoveryPolicy, Webhook } from '../schemas.ts';

const Empty = z.strictObject({});

export const policies = defineRoute({
  method: 'GET',
  path: '/policies',
  id: 'listPolicies',
  tag: 'settings',
  summary: 'How many must approve what; without a row, one person within a day',
  action: 'read',
  query: Empty,
  response: z.object({ items: z.array(Policy) }),
  async run(context, { query }) {
    assertPermitted(context, 'read', {});
    parseInput(Empty, query);
    return { items: await listPolicies(context.database) };
  },
});

export const putPolicy = defineRoute({
  method: 'POST',
  path: '/policies',
  id: 'setPolicy',
  tag: 'settings',
  summary: 'Set how many must approve an operation of that kind there; * stands for any',
  action: 'policy.change',
  body: SetPolicyInput,
  response: Policy,
  run: (context, { body }) => setPolicy(context, body),
});

export const deletePolicy = defineRoute({
  method: 'POST',
  path: '/policies/remove',
  id: 'removePolicy',
  tag: 'settings',
  summary: 'Remove the policy for just that, so that the more general one holds again',
  action: 'policy.change',
  body: RemovePolicyInput,
  response: Policy.pick({ environment: true, kind: true, risk: true }),
  run: (context, { body }) => removePolicy(context, body),
});

export const recoveryPolicies = defineRoute({
  method: 'GET',
  path: '/policies/recovery',
  id: 'listRecoveryPolicies',
  tag: 'settings',
  summary: 'What Meridian does by itself in each environment when a Region is seen failing',
  action: 'read',
  query: Empty,
  response: z.object({ items: z.array(RecoveryPolicy) }),
  async run(context, { query }) {
    parseInput(Empty, query);
    return { items: await listRecoveryPolicies(context) };
  },
});

export const putRecoveryPolicy = defineRoute({
  method: 'POST',
  path: '/policies/recovery',
  id: 'setRecoveryPolicy',
  tag: 'settings',
  summary: 'Set what Meridian does by itself there: recommend, or send readers elsewhere; it never promotes',
  action: 'policy.change',
  body: SetRecoveryPolicyInput,
  response: RecoveryPolicy.omit({ set: true }),
  run: (context, { body }) => setRecoveryPolicy(context, body),
});

export const webhooks = defineRoute({
  method: 'GET',
  path: '/webhooks',
  id: 'listWebhooks',
  tag: 'settings',
  summary: 'Webhooks, and how their deliveries of the last 30 days went. Never a secret',
  action: 'read',
  query: Empty,
  response: z.object({ items: z.array(Webhook) }),
  run: (context, { query }) => listWebhooks(context, query),
});

export const addWebhook = defineRoute({
  method: 'POST',
  path: '/webhooks',
  id: 'createWebhook',
  tag: 'settings',
  summary: 'Send notifications to a URL, to Slack or to PagerDuty; a signing secret is in this answer only',
  action: 'webhook.change',
  body: CreateWebhookInput,
  response: Identified.extend({
    kind: z.enum(WEBHOOK_KINDS),
    secret: z.string().nullable().describe('signs what is sent; null where it is not ours'),
  }),
  status: 201,
  idempotent: false,
  run: (context, { body }) => createWebhook(context, body),
});

export const stopWebhook = defineRoute({
  method: 'POST',
  path: '/webhooks/{id}/disable',
  id: 'disableWebhook',
  tag: 'settings',
  summary: 'Stop sending to a webhook for good',
  action: 'webhook.change',
  params: { id: 'Webhook' },
  body: Empty,
  response: Identified,
  run: (context, { params, body }) => disableWebhook(context, withPath(body, params)),
});

export const deadLetters = defineRoute({
  method: 'GET',
  path: '/dead-letters',
  id: 'listDeadLetters',
  tag: 'settings',
  summary: 'Notifications that were given up and not looked at yet, newest first',
  description: 'Give `nextBefore` back as `before` for the page after.',
  action: 'read',
  query: ListDeadLettersInput,
  response: z.object({ items: z.array(DeadLetter), nextBefore: z.string().nullable() }),
  run: (context, { query }) => listDeadLetters(context, query),
});

export const redeliver = defineRoute({
  method: 'POST',
  path: '/dead-letters/{id}/redeliver',
  id: 'redeliverNotification',
  tag: 'settings',
  summary: 'Try to deliver a dead letter again, from the beginning',
  action: 'webhook.change',
  params: { id: 'Notification' },
  body: Empty,
  response: Identified,
  run: (context, { params, body }) => redeliverNotification(context, withPath(body, params)),
});

export const discard = defineRoute({
  method: 'POST',
  path: '/dead-letters/{id}/discard',
  id: 'discardNotification',
  tag: 'settings',
  summary: 'Take a dead letter off the list without sending it',
  action: 'webhook.change',
  params: { id: 'Notification' },
  body: Empty,
  response: Identified,
  run: (context, { params, body }) => discardNotification(context, withPath(body, params)),
});
