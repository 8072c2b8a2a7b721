'use client';

import { lazy, Suspense, useState } from 'react';
import { type MenuProps, MenuTrigger } from './menu-model.tsx';

const load = () => import('./open-menu.tsx');
const OpenMenu = lazy(load);

/**
 * A button that opens a list of choices: arrows move, typing finds, Esc closes, focus returns. The menu's code
 * (30 KB) comes when the pointer nears it or it is first opened.
 */
export function Menu(props: MenuProps) {
  const [asked, setAsked] = useState(false);
  const closed = (
    <button
      type="button"
      className={props.className}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={load}
      onFocus={load}
      onClick={() => setAsked(true)}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown') setAsked(true);
      }}
    >
      <MenuTrigger label={props.label}>{props.trigger}</MenuTrigger>
    </button>
  );
  return asked ? (
    <Suspense fallback={closed}>
      <OpenMenu {...props} />
    </Suspense>
  ) : (
    closed
  );
}
