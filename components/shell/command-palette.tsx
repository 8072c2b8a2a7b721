'use client';

import { Command } from 'cmdk';
import { useRouter } from 'next/navigation';
import { Dialog } from 'radix-ui';
import { shareNonce } from '#components/ui/nonce.ts';
import { AREAS } from './areas.ts';
import type { PaletteItem } from './model.ts';
import { useConsoleQuery } from './use-console-query.ts';

shareNonce();

/** Go to a page, a Region, an operation; or open the sheet of an act. Nothing runs from here without its sheet. */
export default function CommandPalette({
  items,
  onClose,
  onOpen,
}: {
  items: readonly PaletteItem[];
  onClose: () => void;
  /** Opens a sheet over the page. */
  onOpen: (sheet: NonNullable<PaletteItem['opens']>) => void;
}) {
  const router = useRouter();
  const query = useConsoleQuery();
  const pages = AREAS.map((area) => ({
    id: area.key,
    group: 'Go to',
    label: area.label,
    hint: `G ${area.key2.toUpperCase()}`,
    href: area.href(query),
  }));
  // What is new and may have to be undone stands first; everything else follows the pages.
  const now = items.filter(({ opens }) => opens !== undefined);
  const all: readonly PaletteItem[] = [...now, ...pages, ...items.filter((item) => !now.includes(item))];
  const groups = [...new Set(all.map((item) => item.group))];
  const go = (item: PaletteItem) => {
    onClose();
    if (item.opens === undefined) router.push(item.href);
    else onOpen(item.opens);
  };
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog floating palette" aria-describedby={undefined}>
          <Dialog.Title className="sr">Go to or run</Dialog.Title>
          <Command label="Go to or run" loop>
            <Command.Input className="input" placeholder="Page, Region, operation or act" />
            <Command.List>
              <Command.Empty>Nothing matches. Try a Region code or an operation’s id.</Command.Empty>
              {groups.map((group) => (
                <Command.Group key={group} heading={group}>
                  {all
                    .filter((item) => item.group === group)
                    .map((item) => (
                      <Command.Item
                        key={item.id}
                        value={`${item.label} ${item.hint ?? ''} ${item.id}`}
                        onSelect={() => go(item)}
                      >
                        <span>{item.label}</span>
                        <span className="muted">{item.hint}</span>
                      </Command.Item>
                    ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
