'use client';

import type { Route } from 'next';
import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { useTheme } from 'next-themes';
import { useNow } from '#components/ui/clock.tsx';
import { formatNumber, formatUtcTime } from '#components/ui/format.ts';
import { Menu } from '#components/ui/menu.tsx';
import type { MenuEntry } from '#components/ui/menu-model.tsx';
import { routes } from '#lib/routes.ts';
import { Home } from './home.tsx';
import { LivePill } from './live-pill.tsx';
import { Logo } from './logo.tsx';
import { DEFAULT_RANGE, RANGES, type ShellModel } from './model.ts';
import { openPalette, openPassword, openShortcuts } from './overlays.tsx';
import { useConsoleQuery } from './use-console-query.ts';

interface TopBarProps {
  environment: ShellModel['environment'];
  home: ShellModel['home'];
  person: ShellModel['person'];
  signOut: () => Promise<void>;
}

/** What is true for every page: environment, range, live state, where the console itself runs, the time. */
export function TopBar({ environment, home, person, signOut }: TopBarProps) {
  return (
    <header className="top">
      <Link className="brand" href={routes.overview(useConsoleQuery())}>
        <Logo />
        Meridian
      </Link>
      <EnvironmentMenu environment={environment} />
      <RangeMenu />
      <LivePill />
      <span className="grow hide-phone" />
      <div
        className="slot end hide-phone"
        title="Where this console and its database run. It refuses to fail over from a Region that it would go down with."
      >
        <Home home={home} />
      </div>
      <UtcClock />
      <div className="slot end hide-phone">
        <button type="button" className="search" onClick={openPalette} aria-keyshortcuts="Meta+K Control+K">
          Go to or run <kbd>⌘K</kbd>
        </button>
      </div>
      <AccountMenu person={person} signOut={signOut} />
    </header>
  );
}

function Caret() {
  return (
    <svg className="caret" viewBox="0 0 8 5" aria-hidden="true">
      <path d="M.5.5h7L4 4.7z" fill="currentColor" />
    </svg>
  );
}

function EnvironmentMenu({ environment }: { environment: ShellModel['environment'] }) {
  const { name, timeScale, choices } = environment;
  const scaled: readonly MenuEntry[] =
    timeScale === 1
      ? []
      : [
          { kind: 'line' },
          {
            kind: 'label',
            text: `A 30 min soak takes ${formatNumber(SOAK_SECONDS / timeScale)} s here. TTLs, leases and clocks are never scaled.`,
          },
        ];
  return (
    <Menu
      className="slot keep"
      label="Environment"
      trigger={
        <>
          <b>{name}</b>
          {timeScale === 1 ? null : <span className="tag">waits 1:{timeScale}</span>}
          <Caret />
        </>
      }
      entries={[
        { kind: 'label', text: 'Environment' },
        ...choices.map(
          (choice): MenuEntry => ({
            kind: 'link',
            text: choice.name,
            href: choice.href,
            current: choice.name === name,
          }),
        ),
        ...scaled,
      ]}
    />
  );
}

function RangeMenu() {
  const path = usePathname();
  const params = useSearchParams();
  const current =
    RANGES.find(({ key }) => key === params.get('range')) ?? RANGES.find(({ key }) => key === DEFAULT_RANGE);
  const withRange = (key: string) => {
    const next = new URLSearchParams(params);
    next.set('range', key);
    return `${path}?${next}` as Route;
  };
  return (
    <Menu
      className="slot hide-phone"
      label="Time range"
      trigger={
        <>
          {current?.label}
          <Caret />
        </>
      }
      entries={RANGES.map(({ key, label }) => ({
        kind: 'link',
        text: label,
        href: withRange(key),
        current: key === current?.key,
      }))}
    />
  );
}

function UtcClock() {
  const now = useNow();
  return (
    <div className="slot end hide-phone">
      <b>{formatUtcTime(new Date(now))}</b> UTC
    </div>
  );
}

const SOAK_SECONDS = 30 * 60;

const THEMES = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

function AccountMenu({ person, signOut }: { person: ShellModel['person']; signOut: () => Promise<void> }) {
  const { theme = 'system', setTheme } = useTheme();
  const here = useConsoleQuery();
  return (
    <Menu
      className="slot end account"
      align="end"
      label="Account"
      trigger={
        <>
          <b className="hide-phone">{person.name}</b>
          <span className="muted hide-phone">{person.roles}</span>
          <b className="only-phone">{initials(person.name)}</b>
        </>
      }
      entries={[
        { kind: 'label', text: person.email },
        { kind: 'link', text: 'Roles and grants', href: routes.settings({ ...here, person: person.email }) },
        person.password.kept === 'here'
          ? { kind: 'act', text: 'Change password', onSelect: openPassword }
          : { kind: 'label', text: `Your password is changed at ${person.password.provider}.` },
        { kind: 'act', text: 'Keyboard shortcuts', note: '?', onSelect: openShortcuts },
        { kind: 'line' },
        { kind: 'label', text: 'Theme' },
        { kind: 'choices', value: theme, options: THEMES, onChange: setTheme },
        { kind: 'line' },
        { kind: 'act', text: 'Sign out', onSelect: () => void signOut() },
      ]}
    />
  );
}

function initials(name: string): string {
  return name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, 2)
    .toUpperCase();
}
