import { withEvents, withoutEvents } from './support/events.ts';
import { lab } from './support/lab.ts';
import { answer } from './support/shift.ts';
import { expect, test } from './support/test.ts';

test('a Region that falls silent is unknown, never green, and the others stay fresh', async ({
  signedIn,
}) => {
  test.setTimeout(120_000);
  const page = await signedIn('operator');
  await page.goto('/');
  const region = (code: string) => page.getByRole('row', { name: new RegExp(`^${code}`) }).first();
  await expect(region('ap-southeast-1')).toContainText('Serving');
  await lab.outage('ap-southeast-1', 'hang');

  await expect(region('ap-southeast-1')).not.toContainText('Serving', { timeout: 45_000 });
  await expect(region('ap-southeast-1')).toContainText(/Not reporting|Suspect|Failing/);
  await expect(page.getByRole('img', { name: 'ap-southeast-1 ok' })).toBeHidden();
  await expect(answer(page)).toContainText('Two of 3 Regions serve.', { timeout: 45_000 });
  for (const code of ['us-east-1', 'eu-west-1']) {
    await expect(region(code)).toContainText('Serving');
    await expect(region(code).getByRole('cell').last()).toHaveText(/^1?\d\s+s$/);
  }
  await page.getByRole('link', { name: 'Traffic', exact: true }).click();
  // Until DNS leaves it nobody knows what it serves; from then on it serves nobody.
  await expect(answer(page)).toContainText(/ap-southeast-1 (does not report|is out of DNS)/, {
    timeout: 45_000,
  });
});

test('a page that hears nothing any more says so, and comes back @reads', async ({ faults, signedIn }) => {
  const page = await signedIn('operator');
  await withoutEvents(page, faults);
  await page.goto('/');
  const reconnect = page.getByRole('button', { name: 'Reconnect' });
  await expect(reconnect).toBeVisible();
  await expect(page.getByText('Not live')).toBeVisible();
  await withEvents(page);
  await reconnect.click();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(reconnect).toBeHidden();
});

test('a change made by somebody else arrives without a reload', async ({ signedIn }) => {
  const page = await signedIn('viewer');
  await page.goto('/');
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  const operator = await signedIn('operator');
  await operator.goto('/');
  await operator.getByRole('button', { name: 'Freeze changes' }).click();
  const sheet = operator.getByRole('dialog');
  await sheet.getByLabel('Reason').fill('Seen by everybody');
  await sheet.getByRole('button', { name: 'Freeze changes' }).click();
  await expect(page.getByText(/Seen by everybody/).first()).toBeVisible();
});

test('lists with nothing in them say what would be there', async ({ signedIn }) => {
  const page = await signedIn('auditor');
  await page.goto('/operations?environment=staging');
  await expect(page.getByText(/^No operation was ever asked for in staging/)).toBeVisible();
  await page.goto('/approvals');
  await expect(page.getByText('Nothing waits for you.')).toBeVisible();
  await expect(page.getByText('Nothing waits.', { exact: true })).toBeVisible();
  await page.goto('/audit?q=nobody-ever-did-this');
  await expect(page.getByText('No row matches.')).toBeVisible();
  await page.goto('/freezes');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nothing is frozen.');
});

test('an environment in one Region has nowhere to shift to, and says so @reads', async ({ signedIn }) => {
  const page = await signedIn('operator');
  await page.goto('/traffic?environment=staging');
  await expect(page.getByRole('button', { name: 'Shift traffic' })).toHaveAccessibleDescription(
    'staging is in one Region; there is nowhere to shift traffic to.',
  );
});

test('what does not exist is a page that leads back @reads', async ({ faults, signedIn }) => {
  faults.expectFault(/status of 404/);
  const page = await signedIn('viewer');
  const response = await page.goto('/nothing-here');
  expect(response?.status()).toBe(404);
  const said = page.getByRole('heading', { name: 'There is nothing at this address.' });
  await expect(said).toBeVisible();
  for (const path of ['/operations/OP-999999999', '/operations/nonsense', '/regions/mars-north-1']) {
    await page.goto(path);
    await expect(said, path).toBeVisible();
  }
  await page.getByRole('link', { name: 'Go to the overview' }).click();
  await expect(page).toHaveTitle(/Overview/);
});

test('nonsense in the address is no error @reads', async ({ signedIn }) => {
  const page = await signedIn('auditor');
  const long = 'x'.repeat(2_000);
  for (const path of [
    `/operations?cursor=${long}&state=${long}`,
    `/approvals?tab=%00&cursor=';drop table person;--`,
    `/audit?cursor=-1&row=99999999999999999999&outcome=maybe&region=${long}&q=%25%25`,
    '/audit?operation=OP-0&action=nonsense',
    `/traffic?compose=sideways&range=forever&environment=${long}`,
    '/settings/people?tab=everything&person=nobody',
    '/cost?month=2026-13',
    '/replication?link=a>b>c&range=-1',
  ]) {
    const response = await page.goto(path);
    expect(response?.status(), path).toBe(200);
    await expect(page.getByRole('main').getByRole('heading', { level: 1 }), path).toBeVisible();
    await expect(page.getByText('This page could not be shown.'), path).toBeHidden();
  }
});
