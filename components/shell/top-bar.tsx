'use client';

import type { Route } from 'next';
import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { useTheme } from 'next-themes';
import { useNow } from '#components/ui/clock.tsx';
import { formatUtcTime } from '#components/ui/format.ts';
import { Menu, MenuAct, MenuChoices, MenuLabel, MenuLine, MenuLink } from '#components/ui/menu.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import { routes } from '#lib/routes.ts';
import { LivePill } from './live-pill.tsx';
import { Logo } from './logo.tsx';
import { DEFAULT_RANGE, RANGES, type ShellModel } from './model.ts';
import { openPalette, openShortcuts } from './overlays.tsx';
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
        <span className="opt">Console home</span> <b>{home.region}</b>
        {home.warning === undefined ? null : <StatusShape status="warning" label={home.warning} />}
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
    >
      <MenuLabel>Environment</MenuLabel>
      {choices.map((choice) => (
        <MenuLink key={choice.name} href={choice.href} current={choice.name === name}>
          {choice.name}
        </MenuLink>
      ))}
      {timeScale === 1 ? null : (
        <>
          <MenuLine />
          <MenuLabel>
            A 30 min soak takes {(30 * 60) / timeScale} s here. TTLs, leases and clocks are never scaled.
          </MenuLabel>
        </>
      )}
    </Menu>
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
    >
      {RANGES.map(({ key, label }) => (
        <MenuLink key={key} href={withRange(key)} current={key === current?.key}>
          {label}
        </MenuLink>
      ))}
    </Menu>
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

const THEMES = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

function AccountMenu({ person, signOut }: { person: ShellModel['person']; signOut: () => Promise<void> }) {
  const { theme = 'system', setTheme } = useTheme();
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
    >
      <MenuLabel>{person.email}</MenuLabel>
      <MenuLink href={routes.settings({ person: person.email })}>Roles and grants</MenuLink>
      <MenuAct onSelect={openShortcuts} note="?">
        Keyboard shortcuts
      </MenuAct>
      <MenuLine />
      <MenuLabel>Theme</MenuLabel>
      <MenuChoices value={theme} onChange={setTheme} options={THEMES} />
      <MenuLine />
      <MenuAct onSelect={() => void signOut()}>Sign out</MenuAct>
    </Menu>
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
