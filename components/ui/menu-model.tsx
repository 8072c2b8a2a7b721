import type { Route } from 'next';
import type { ReactNode } from 'react';

/** One line of a menu. */
export type MenuEntry =
  | { kind: 'label'; text: string }
  | { kind: 'line' }
  | { kind: 'link'; text: string; href: Route; current?: boolean }
  | { kind: 'act'; text: string; note?: string; onSelect: () => void }
  | {
      kind: 'choices';
      value: string;
      options: readonly { value: string; label: string }[];
      onChange: (value: string) => void;
    };

export interface MenuProps {
  /** What the button's text chooses, read out before it: "Environment". */
  label?: string;
  trigger: ReactNode;
  className: string;
  align?: 'start' | 'end';
  entries: readonly MenuEntry[];
}

export function MenuTrigger({ label, children }: { label: string | undefined; children: ReactNode }) {
  return (
    <>
      {label === undefined ? null : <span className="sr">{label} </span>}
      {children}
    </>
  );
}
