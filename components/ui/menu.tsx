'use client';

import type { Route } from 'next';
import Link from 'next/link';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

interface MenuProps {
  /** What the button's text chooses, read out before it: "Environment". */
  label?: string;
  trigger: ReactNode;
  className: string;
  align?: 'start' | 'end';
  children: ReactNode;
}

/** A button that opens a list of choices: arrows move, typing finds, Esc closes, focus returns. */
export function Menu({ label, trigger, className, align = 'start', children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={className}>
        {label === undefined ? null : <span className="sr">{label} </span>}
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align={align} sideOffset={2} collisionPadding={8}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="menu-label">{children}</DropdownMenu.Label>;
}

export function MenuLine() {
  return <DropdownMenu.Separator className="menu-line" />;
}

export function MenuLink({
  href,
  current = false,
  note,
  children,
}: {
  href: Route;
  current?: boolean;
  note?: string;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Item asChild>
      <Link className="menu-item" href={href} aria-current={current ? 'true' : undefined}>
        <span>{children}</span>
        {note === undefined ? null : <span className="muted">{note}</span>}
      </Link>
    </DropdownMenu.Item>
  );
}

export function MenuAct({
  onSelect,
  note,
  children,
}: {
  onSelect: () => void;
  note?: string;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Item className="menu-item" onSelect={onSelect}>
      <span>{children}</span>
      {note === undefined ? null : <span className="muted">{note}</span>}
    </DropdownMenu.Item>
  );
}

export function MenuChoices({
  value,
  onChange,
  options,
}: {
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; label: string }[];
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
      {options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} className="menu-item" value={option.value}>
          <span>{option.label}</span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
