'use server';

import type { z } from 'zod';
import type { ActionResult } from '#components/ui/model.ts';
import { ROLE_ACTIONS, ROLES } from '#lib/domain/access/access.ts';
import { discardNotification, redeliverNotification } from '#lib/services/notifications/dead-letters.ts';
import { disablePerson, enablePerson, renamePerson } from '#lib/services/people/accounts.ts';
import { grantRole, revokeGrant } from '#lib/services/people/grants.ts';
import { type SetRecoveryPolicyInput, setRecoveryPolicy } from '#lib/services/recovery/policy.ts';
import { createToken, revokeToken, TOKEN_SCOPES } from '#lib/services/tokens/tokens.ts';
import { createWebhook, disableWebhook } from '#lib/services/webhooks/webhooks.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { proveFirst } from '#lib/web/prove.ts';
import { EVERY_ACTION, EVERY_REGION } from '../../_models/settings.ts';

const grant = defineAction(grantRole);
const ungrant = defineAction(revokeGrant);
const rename = defineAction(renamePerson);
const disable = defineAction(disablePerson);
const enable = defineAction(enablePerson);
const create = defineAction(createToken);
const revoke = defineAction(revokeToken);
const setPolicy = defineAction(setRecoveryPolicy);
const addWebhook = defineAction(createWebhook);
const stopWebhook = defineAction(disableWebhook);
const sendAgain = defineAction(redeliverNotification);
const putAway = defineAction(discardNotification);

export async function grantAction(
  personId: string,
  wanted: { role: string; region: string; action: string },
): Promise<ActionResult> {
  // The verb parses what a browser sends; the casts only say which field is meant.
  const answer = await grant({
    personId,
    role: wanted.role as (typeof ROLES)[number],
    region: wanted.region === EVERY_REGION ? null : wanted.region,
    action: wanted.action === EVERY_ACTION ? null : (wanted.action as never),
  });
  return told(answer, `${wanted.role} is granted; they sign in again to use it.`);
}

export async function revokeGrantAction(id: string): Promise<ActionResult> {
  const answer = await ungrant({ id });
  return told(answer, 'The grant is revoked.');
}

export async function renameAction(id: string, name: string): Promise<ActionResult> {
  return told(await rename({ id, name }), (person) => `The name is ${person.name} now.`);
}

export async function setDisabledAction(id: string, disabled: boolean): Promise<ActionResult> {
  const answer = disabled ? await disable({ id }) : await enable({ id });
  return told(answer, disabled ? 'Disabled; their sessions have ended.' : 'Enabled.');
}

/** A token for one role: what the role may do, as far as tokens may carry it. */
export async function createTokenAction(wanted: {
  name: string;
  role: string;
  days: number;
  password: string;
}): Promise<ActionResult & { secret?: string }> {
  const proved = await proveFirst(wanted.password);
  if (!proved.ok) return proved;
  const role = ROLES.find((known) => known === wanted.role);
  const actions: readonly string[] = role ? ROLE_ACTIONS[role] : [];
  const answer = await create(
    {
      name: wanted.name,
      scopes: TOKEN_SCOPES.filter((scope) => actions.includes(scope)),
      expiresInDays: wanted.days,
    },
    { provedAt: proved.result },
  );
  return answer.ok ? { ok: true, message: 'The token is made.', secret: answer.result.secret } : answer;
}

export async function revokeTokenAction(id: string): Promise<ActionResult> {
  const answer = await revoke({ id });
  return told(answer, 'The token is revoked.');
}

/** What Meridian does by itself in that environment when a Region is seen failing. */
export async function setRecoveryPolicyAction(
  environment: string,
  policy: { onFailing: string; accepts: readonly string[]; reason: string },
): Promise<ActionResult> {
  const answer = await setPolicy({ environment, ...policy } as z.input<typeof SetRecoveryPolicyInput>); // parsed by the verb
  return told(answer, `The policy of ${environment} is set.`);
}

export async function createWebhookAction(wanted: {
  kind: string;
  name: string;
  url: string;
  routingKey: string;
  topics: readonly string[];
}): Promise<ActionResult & { secret?: string }> {
  const { url, routingKey, ...rest } = wanted;
  const given = {
    ...rest,
    ...(url.trim() === '' ? {} : { url }),
    ...(wanted.kind === 'pagerduty' ? { routingKey } : {}),
  };
  const answer = await addWebhook(given as Parameters<typeof addWebhook>[0]); // parsed by the verb
  if (!answer.ok) return answer;
  const { secret } = answer.result;
  return { ok: true, message: 'It is told from now on.', ...(secret === null ? {} : { secret }) };
}

export async function disableWebhookAction(id: string): Promise<ActionResult> {
  const answer = await stopWebhook({ id });
  return told(answer, 'Nothing is sent to it any more.');
}

export async function redeliverAction(id: string): Promise<ActionResult> {
  const answer = await sendAgain({ id });
  return told(answer, 'It is tried again from the beginning.');
}

export async function discardAction(id: string): Promise<ActionResult> {
  const answer = await putAway({ id });
  return told(answer, 'It is off the list.');
}
