'use client';

import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { shareNonce } from './nonce.ts';

shareNonce();

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  footer: ReactNode;
}

/** A question that needs an answer before anything else. One at a time: never a dialog over a dialog. */
export function Dialog({ open, onOpenChange, title, description, children, footer }: DialogProps) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className="overlay" />
        <Primitive.Content className="dialog floating" aria-describedby={undefined}>
          <div className="b">
            <Primitive.Title className="dialog-title">{title}</Primitive.Title>
            {description === undefined ? null : (
              <Primitive.Description className="soft">{description}</Primitive.Description>
            )}
            {children}
          </div>
          <div className="f">{footer}</div>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

interface SheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  note?: ReactNode;
  children: ReactNode;
  footer: ReactNode;
  /** The footer's sentence stands above its buttons: there are several, or long ones. */
  stackedFooter?: boolean;
}

/** A panel from the right. Its three parts are `ActParts`. */
export function Sheet(props: SheetProps) {
  const { open, onOpenChange, title, note, children, footer, stackedFooter = false } = props;
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className="overlay" />
        <Primitive.Content className="sheet floating" aria-describedby={undefined}>
          <div className="sheet-h">
            <Primitive.Title className="sheet-title">{title}</Primitive.Title>
            {note === undefined ? null : <span className="muted small">{note}</span>}
            <Primitive.Close className="link small close">Close</Primitive.Close>
          </div>
          <div className="sheet-b">{children}</div>
          <div className={stackedFooter ? 'sheet-f two' : 'sheet-f'}>{footer}</div>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
