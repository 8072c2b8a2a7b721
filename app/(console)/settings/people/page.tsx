import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { SettingsPeopleView } from '#components/settings/settings-view.tsx';
import { routes } from '#lib/routes.ts';
import { pageContext } from '#lib/web/session.ts';
import { signInAgainAction } from '../../../(auth)/sign-in/actions.ts';
import { within } from '../../_models/common.ts';
import { environmentOf, one } from '../../_models/query.ts';
import { settingsModel } from '../../_models/settings.ts';
import {
  createTokenAction,
  createWebhookAction,
  disableWebhookAction,
  discardAction,
  grantAction,
  redeliverAction,
  renameAction,
  revokeGrantAction,
  revokeTokenAction,
  setDisabledAction,
  setRecoveryPolicyAction,
} from './actions.ts';
import { changePolicyAction, previewPolicyAction } from './policy-actions.ts';

export const metadata: Metadata = { title: 'Settings' };

export default async function SettingsPage({ searchParams }: PageProps<'/settings/people'>) {
  const params = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(params, context.estate);
  if (one(params, 'tab') === 'freezes') redirect(routes.freezes(within(context.estate, environment)));
  const settings = await settingsModel(context, environment, {
    tab: one(params, 'tab'),
    person: one(params, 'person'),
    after: one(params, 'after'),
    before: one(params, 'before'),
  });
  return (
    <SettingsPeopleView
      settings={settings}
      actions={{
        grant: grantAction,
        revokeGrant: revokeGrantAction,
        rename: renameAction,
        setDisabled: setDisabledAction,
        createToken: createTokenAction,
        signInAgain: signInAgainAction,
        revokeToken: revokeTokenAction,
        createWebhook: createWebhookAction,
        disableWebhook: disableWebhookAction,
        redeliver: redeliverAction,
        discard: discardAction,
        setRecoveryPolicy: setRecoveryPolicyAction.bind(null, environment),
        policies: { preview: previewPolicyAction, change: changePolicyAction },
      }}
    />
  );
}
