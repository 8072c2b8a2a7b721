import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { idleShell, NOW } from '#components/gallery/fixtures/base.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import type { PasswordPlace } from './model.ts';
import { TopBar } from './top-bar.tsx';

vi.mock('next/navigation', () => ({
  usePathname: () => '/',
  useSearchParams: () => new URLSearchParams(),
  useRouter: () => ({ push: vi.fn() }),
}));

afterEach(cleanup);

async function openMenu(password: PasswordPlace) {
  render(
    <ClockProvider at={NOW} frozen>
      <TopBar
        environment={idleShell.environment}
        home={idleShell.home}
        person={{ ...idleShell.person, password }}
        signOut={async () => undefined}
      />
    </ClockProvider>,
  );
  fireEvent.click(screen.getByRole('button', { name: /^Account/ }));
  await screen.findByRole('menuitem', { name: 'Sign out' });
}

test('who has a password here changes it from the account menu', async () => {
  await openMenu({ kept: 'here' });
  expect(screen.getByRole('menuitem', { name: 'Change password' })).toBeDefined();
});

test('who signs in at an identity provider is told where theirs is changed', async () => {
  await openMenu({ kept: 'provider', provider: 'login.example.com' });
  expect(screen.getByText('Your password is changed at login.example.com.')).toBeDefined();
  expect(screen.queryByRole('menuitem', { name: 'Change password' })).toBeNull();
});
