import { PAGES } from './support/pages.ts';
import { nextAction, replay } from './support/replay.ts';
import { composer, composeShift, confirmInSheet } from './support/shift.ts';
import { expect, test } from './support/test.ts';

const nonceOf = (policy: string | undefined) => /script-src [^;]*'nonce-([^']+)'/.exec(policy ?? '')?.[1];

test('every page carries a policy with a fresh nonce, and only scripts with that nonce @reads', async ({
  page,
  signedIn,
}) => {
  const inside = await signedIn('auditor');
  const seen = new Set<string>();
  for (const { path } of [{ path: '/sign-in' }, ...PAGES]) {
    const response = await (path === '/sign-in' ? page : inside).request.get(path);
    const headers = response.headers();
    const policy = headers['content-security-policy'];
    const nonce = nonceOf(policy);
    expect(policy, path).toContain("default-src 'self'");
    expect(policy, path).toContain("frame-ancestors 'none'");
    expect(policy, path).not.toContain('unsafe-eval');
    expect(/script-src [^;]*unsafe-inline/.test(policy ?? ''), path).toBe(false);
    expect(headers, path).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'strict-origin-when-cross-origin',
    });
    expect(headers['x-powered-by'], path).toBeUndefined();
    expect(nonce, path).toBeTruthy();
    expect(seen.has(nonce ?? ''), path).toBe(false);
    seen.add(nonce ?? '');
    const scripts = (await response.text()).match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length, path).toBeGreaterThan(0);
    expect(
      scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`)),
      path,
    ).toEqual([]);
  }
});

test('the session’s cookie is out of reach of scripts and of other sites @reads', async ({ signedIn }) => {
  const page = await signedIn('viewer');
  await page.goto('/');
  const cookies = await page.context().cookies();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie, cookie.name).toMatchObject({ httpOnly: true, path: '/' });
    expect(['Lax', 'Strict'], cookie.name).toContain(cookie.sameSite);
  }
  expect(await page.evaluate(() => document.cookie)).toBe('');
});

test('a cookie that was tampered with is no session @reads', async ({ page, signedIn }) => {
  const [session] = await (await signedIn('viewer')).context().cookies();
  if (!session) throw new Error('The viewer has no cookie.');
  for (const value of [`${session.value.slice(0, -4)}AAAA`, 'nonsense', `${'a.'.repeat(1_000)}`]) {
    await page.context().addCookies([{ ...session, value }]);
    await page.goto('/traffic');
    await expect(page).toHaveURL(/\/sign-in/);
  }
});

test('an act posted from another site does nothing', async ({ signedIn }) => {
  const operator = await signedIn('operator');
  await operator.goto('/');
  await operator.getByRole('button', { name: 'Freeze changes' }).click();
  const called = nextAction(operator);
  await confirmInSheet(operator, 'Freeze changes', 'The one and only');
  const answer = await replay(operator, await called, { origin: 'https://evil.example' });
  expect(answer.ok()).toBe(false);
  await operator.goto('/freezes');
  await expect(
    operator.getByRole('row').filter({ has: operator.getByRole('button', { name: 'Lift' }) }),
  ).toHaveCount(1);
});

test('nothing that opens breaks the policy: menus, palette, keys, sheets, dialogs, messages', async ({
  signedIn,
}) => {
  const operator = await signedIn('operator');
  await operator.goto('/');
  for (const menu of [/^Environment/, /^Time range/, /^Account/]) {
    await operator.getByRole('button', { name: menu }).click();
    await expect(operator.getByRole('menu')).toBeVisible();
    await operator.keyboard.press('Escape');
    await expect(operator.getByRole('menu')).toBeHidden();
  }
  await operator.keyboard.press('Control+k');
  await operator.getByPlaceholder('Page, Region, operation or act').fill('drain eu');
  await operator.getByRole('option', { name: /Drain eu-west-1/ }).click();
  await expect(composer(operator)).toBeVisible();
  await operator.keyboard.press('?');
  await expect(operator.getByRole('dialog')).toBeVisible();
  await operator.keyboard.press('Escape');
  await composeShift(operator, { points: 2, reason: 'A look at every part' });
  for (const ramp of ['+10 points', '1-5-10-25-50-75-100', 'At once']) {
    await composer(operator).getByRole('button', { name: ramp }).click();
  }
  await composer(operator)
    .getByText(/^Exact weights/)
    .click();
  await operator.getByRole('link', { name: 'Overview' }).click();
  await operator.getByRole('button', { name: 'Freeze changes' }).click();
  await confirmInSheet(operator, 'Freeze changes', 'To see a message');
  await expect(operator.getByRole('region', { name: 'Messages' })).toContainText('is frozen');

  const admin = await signedIn('admin');
  await admin.goto('/settings/people');
  await admin.getByRole('link', { name: 'Pia Costa' }).click();
  await admin.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(admin.getByRole('dialog')).toBeVisible();
  await admin.keyboard.press('Escape');
  await admin.goto('/audit');
  await admin.getByRole('button', { name: /^Outcome/ }).click();
  await admin.getByRole('menuitem', { name: 'refused' }).click();
  await expect(admin).toHaveURL(/outcome=refused/);
});
