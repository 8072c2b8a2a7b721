import type { Page } from '@playwright/test';
import { product } from './product.ts';

/** The demo accounts, by the part of the address before the @. */
export type Account =
  | 'viewer'
  | 'operator'
  | 'operator2'
  | 'approver'
  | 'approver2'
  | 'cost'
  | 'auditor'
  | 'admin';

export const NAMES = {
  viewer: 'Vera Lund',
  operator: 'Mara Lindqvist',
  operator2: 'Tomas Rehn',
  approver: 'Ji-woo Han',
  approver2: 'Amara Obi',
  cost: 'Pia Costa',
  auditor: 'Noor Haddad',
  admin: 'Sam Okafor',
} as const satisfies Record<Account, string>;

export const emailOf = (account: Account): string => `${account}@meridian.local`;

/** Fills the form that is open and sends it. */
export async function submitSignIn(
  page: Page,
  email: string,
  password: string = product.password,
): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
