import { once } from 'node:events';
import type http from 'node:http';
import type { Page } from '@playwright/test';
import Provider from 'oidc-provider';
import { freePort } from '../launch/ports.ts';
import { findDatabaseUrls } from '../launch/postgres/database.ts';
import { startWeb, type WebServer } from '../test/web/server.ts';
import { product, query } from './support/product.ts';
import { expect, test } from './support/test.ts';

const SUBJECT = 'sigrid';
const EMAIL = `${SUBJECT}@example.test`;

/** A second console of the product, whose people sign in at a provider; both end with the test. */
let web: WebServer;
let provider: http.Server;

test.beforeAll(async () => {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  web = await startWeb({
    DATABASE_URL: findDatabaseUrls(product.dataDir)?.applicationUrl ?? '',
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'meridian',
    OIDC_CLIENT_SECRET: 'a secret of the test alone',
    OIDC_GROUP_ROLES: 'sre=operator',
  });
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'meridian',
        client_secret: 'a secret of the test alone',
        redirect_uris: [`${web.url}/api/auth/callback/oidc`],
      },
    ],
    claims: { openid: ['sub', 'groups'], email: ['email'], profile: ['name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of the test alone'] },
    findAccount: (_, accountId) => ({
      accountId,
      claims: async () => ({ sub: accountId, email: EMAIL, name: 'Sigrid Ek', groups: ['sre'] }),
    }),
  }).listen(port, '127.0.0.1');
  await once(provider, 'listening');
});

test.afterAll(async () => {
  await web?.stop();
  provider?.close();
});

/** What the provider's own pages ask. */
async function signInThere(page: Page): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(SUBJECT);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  const consent = page.getByRole('button', { name: 'Continue' });
  await expect(async () => {
    if (await consent.isVisible()) await consent.click();
    expect(page.url().startsWith(web.url)).toBe(true);
  }).toPass();
}

test('who signs in at a provider proves it there again, and comes back to what was entered @reads', async ({
  browser,
}) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await test.step('signed in', async () => {
    await page.goto(`${web.url}/sign-in`);
    await page.getByRole('button', { name: 'Continue with single sign-on' }).click();
    await signInThere(page);
  });

  const form = page.getByRole('dialog', { name: /Switch over/ });
  const again = form.getByRole('button', { name: 'Sign in again' });
  const sessions = () =>
    query<{ age: number; open: boolean }>(
      `select extract(epoch from now() - proved_at)::float8 as age, ended_at is null as open from session
        where person_id = (select id from person where email = $1) order by created_at`,
      [EMAIL],
    );

  await test.step('a while ago', async () => {
    await query(
      `update session set proved_at = now() - interval '1 hour'
        where person_id = (select id from person where email = $1)`,
      [EMAIL],
    );
    await expect(async () => {
      await page.goto(`${web.url}/recovery?act=switchover&target=eu-west-1`);
      await expect(again).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await form.getByLabel(/^Reason/).fill('A rehearsal of ours');
    await form.getByLabel('Type ecommerce-db-eu-west-1').fill('ecommerce-db-eu-west-1');
  });

  await test.step('is sent to the provider, which asks although it still knows them', async () => {
    await again.click();
    await signInThere(page);
    await expect(form.getByLabel(/^Reason/)).toHaveValue('A rehearsal of ours');
    await expect(form.getByLabel('Type ecommerce-db-eu-west-1')).toHaveValue('ecommerce-db-eu-west-1');
    await expect(again).toBeHidden();
    expect(await sessions()).toMatchObject([{ open: false }, { open: true }]);
    expect((await sessions())[1]?.age).toBeLessThan(60);
  });
  await context.close();
});
