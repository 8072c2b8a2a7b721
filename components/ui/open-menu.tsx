'use client';

import Link from 'next/link';
import { DropdownMenu } from 'radix-ui';
import { type MenuEntry, type MenuProps, MenuTrigger } from './menu-model.tsx';

/** The menu itself, open as soon as it is there. */
export default function OpenMenu({ label, trigger, className, align = 'start', entries }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen>
      <DropdownMenu.Trigger className={className}>
        <MenuTrigger label={label}>{trigger}</MenuTrigger>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align={align} sideOffset={2} collisionPadding={8}>
          {entries.map((entry) => (
            <Entry key={keyOf(entry, entries)} entry={entry} />
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function keyOf(entry: MenuEntry, entries: readonly MenuEntry[]): string {
  if (entry.kind === 'line') return `line ${entries.indexOf(entry)}`;
  return entry.kind === 'choices' ? 'choices' : `${entry.kind} ${entry.text}`;
}

function Entry({ entry }: { entry: MenuEntry }) {
  switch (entry.kind) {
    case 'label':
      return <DropdownMenu.Label className="menu-label">{entry.text}</DropdownMenu.Label>;
    case 'line':
      return <DropdownMenu.Separator className="menu-line" />;
    case 'link':
      return (
        <DropdownMenu.Item asChild>
          <Link
            className="menu-item"
            href={entry.href}
            aria-current={entry.current === true ? 'true' : undefined}
          >
            {entry.text}
          </Link>
        </DropdownMenu.Item>
      );
    case 'act':
      return (
        <DropdownMenu.Item className="menu-item" onSelect={entry.onSelect}>
          <span>{entry.text}</span>
          {entry.note === undefined ? null : <span className="muted">{entry.note}</span>}
        </DropdownMenu.Item>
      );
    case 'choices':
      return (
        <DropdownMenu.RadioGroup value={entry.value} onValueChange={entry.onChange}>
          {entry.options.map((option) => (
            <DropdownMenu.RadioItem key={option.value} className="menu-item" value={option.value}>
              {option.label}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      );
  }
}
