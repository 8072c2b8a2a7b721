'use client';

import dynamic from 'next/dynamic';
import { useRouter } from 'next/navigation';
import { useEffect, useSyncExternalStore } from 'react';
import type { RollbackActions, RollbackOffer } from '#components/deployments/pipeline-rollback-model.ts';
import { isTyping } from '#components/ui/typing.ts';
import { AREAS } from './areas.ts';
import type { PaletteItem } from './model.ts';
import type { PasswordSheetProps } from './password-sheet.tsx';
import { useConsoleQuery } from './use-console-query.ts';

const CommandPalette = dynamic(() => import('./command-palette.tsx'), { ssr: false });
const ShortcutList = dynamic(() => import('./shortcut-list.tsx'), { ssr: false });
const PasswordSheet = dynamic(() => import('./password-sheet.tsx'), { ssr: false });

const RollbackSheet = dynamic(() => import('#components/deployments/pipeline-rollback-sheet.tsx'), {
  ssr: false,
});

type Overlay = 'palette' | 'shortcuts' | 'password' | 'rollback' | null;

let open: Overlay = null;
const listeners = new Set<() => void>();

function show(next: Overlay) {
  open = next;
  for (const listener of listeners) listener();
}

export const openPalette = () => show('palette');
export const openShortcuts = () => show('shortcuts');
export const openPassword = () => show('password');
const close = () => show(null);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

const SECOND_KEY_MS = 1200;

function moveRow(by: 1 | -1) {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.findIndex((row) => row.matches(':focus'));
  rows[
    at === -1 ? (by === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))
  ]?.focus();
}

/** ⌘K goes or runs; G then a letter opens a page; J and K move in a list; / searches; ? lists the keys. Abort has none. */
export function Overlays({
  palette,
  password = null,
  rollback = null,
}: {
  palette: readonly PaletteItem[];
  /** Whose password is changed, and by what; null where none is kept here. */
  password?: Omit<PasswordSheetProps, 'onClose'> | null;
  /** What can be rolled back from whatever page stands below. */
  rollback?: { offer: RollbackOffer; actions: RollbackActions } | null;
}) {
  const shown = useSyncExternalStore(
    subscribe,
    () => open,
    () => null,
  );
  const router = useRouter();
  const query = useConsoleQuery();
  const { environment, range } = query;
  useEffect(() => {
    let goUntil = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        show(open === 'palette' ? null : 'palette');
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || open !== null) return;
      const key = event.key.toLowerCase();
      if (event.timeStamp < goUntil) {
        goUntil = 0;
        // The letter belongs to G: on the page below it would be a key of its own.
        event.preventDefault();
        const area = AREAS.find(({ key2 }) => key2 === key);
        if (area !== undefined) router.push(area.href({ environment, range }));
        return;
      }
      if (key === 'g') goUntil = event.timeStamp + SECOND_KEY_MS;
      else if (key === 'j') moveRow(1);
      else if (key === 'k') moveRow(-1);
      else if (key === '?') openShortcuts();
      else if (key === '/') {
        event.preventDefault();
        document.querySelector<HTMLElement>('[data-search]')?.focus();
      }
    };
    // Before any page's own keys, whichever was mounted first.
    document.addEventListener('keydown', onKey, true);
    return () => document.removeEventListener('keydown', onKey, true);
  }, [router, environment, range]);
  if (shown === 'palette') return <CommandPalette items={palette} onClose={close} onOpen={show} />;
  if (shown === 'shortcuts') return <ShortcutList onClose={close} />;
  if (shown === 'password' && password !== null) return <PasswordSheet {...password} onClose={close} />;
  if (shown === 'rollback' && rollback !== null) return <RollbackSheet {...rollback} onClose={close} />;
  return null;
}
