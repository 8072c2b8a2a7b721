import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import {
  notificationSettings,
  policyPreview,
  settings,
  tokenSettings,
} from '#components/gallery/fixtures/settings.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import type { SettingsActions, SettingsModel } from './model.ts';
import { SettingsPeopleView } from './settings-view.tsx';

afterEach(cleanup);

function show(model: SettingsModel) {
  const done = () => vi.fn(async () => ({ ok: true as const }));
  const acts = { revokeToken: done(), disableWebhook: done(), discard: done(), revokeGrant: done() };
  const actions: SettingsActions = {
    ...acts,
    grant: done(),
    rename: done(),
    setDisabled: done(),
    createToken: done(),
    createWebhook: done(),
    redeliver: done(),
    setRecoveryPolicy: done(),
    policies: { preview: async () => ({ ok: true, preview: policyPreview }), change: done() },
    signInAgain: async () => ({ ok: false, message: 'Not here.' }),
  };
  render(
    <ClockProvider at={NOW} frozen>
      <SettingsPeopleView settings={model} actions={actions} />
    </ClockProvider>,
  );
  return acts;
}

/** Presses a button of the page, then the one of that name in the sheet that opens. */
async function pressAndConfirm(name: string, sheetName: string, verb: string) {
  fireEvent.click(screen.getByRole('button', { name }));
  const sheet = within(await screen.findByRole('dialog', { name: sheetName }));
  return { sheet, confirm: () => fireEvent.click(sheet.getByRole('button', { name: verb })) };
}

test('a token is revoked by its name, after what it ends was shown', async () => {
  const { revokeToken } = show(tokenSettings);
  const { sheet, confirm } = await pressAndConfirm(
    'Revoke ci-release',
    'Revoke ci-release',
    'Revoke ci-release',
  );
  expect(sheet.getByText('What uses it is refused from its next request on.')).toBeDefined();
  expect(revokeToken).not.toHaveBeenCalled();
  confirm();
  await waitFor(() => expect(revokeToken.mock.calls).toEqual([['t1']]));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

test('one that is not valid any more says so, and opens nothing', () => {
  show(tokenSettings);
  const button = screen.getByRole('button', { name: 'Revoke old-pipeline' });
  fireEvent.click(button);
  expect(button.getAttribute('aria-disabled')).toBe('true');
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('a webhook is disabled after what it will miss was shown', async () => {
  const { disableWebhook } = show(notificationSettings);
  const { sheet, confirm } = await pressAndConfirm(
    'Disable audit mirror',
    'Disable audit mirror',
    'Disable audit mirror',
  );
  expect(sheet.getByText('2 notifications that it did not get are discarded.')).toBeDefined();
  expect(disableWebhook).not.toHaveBeenCalled();
  confirm();
  await waitFor(() => expect(disableWebhook.mock.calls).toEqual([['audit mirror']]));
});

test('a notification is discarded for good, so it is asked first', async () => {
  const { discard } = show(notificationSettings);
  const letter = notificationSettings.notifications?.letters[0];
  if (letter === undefined) throw new Error('the fixture has a letter');
  const { sheet, confirm } = await pressAndConfirm(
    `Discard ${letter.text}`,
    'Discard a notification',
    'Discard it',
  );
  expect(sheet.getByText('For good: it cannot be sent again.')).toBeDefined();
  expect(discard).not.toHaveBeenCalled();
  confirm();
  await waitFor(() => expect(discard.mock.calls).toEqual([[letter.id]]));
});

test('a grant, which may be given again, is revoked at once, by its name', async () => {
  const { revokeGrant } = show(settings);
  fireEvent.click(screen.getByRole('button', { name: 'Revoke operator in eu-west-1, operation.abort' }));
  await waitFor(() => expect(revokeGrant.mock.calls).toEqual([['g2']]));
});
