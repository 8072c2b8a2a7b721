import type { Route } from 'next';
import type { Status } from './model.ts';

export interface Toast {
  id: number;
  status: Status;
  title: string;
  text?: string;
  link?: { href: Route; label: string };
}

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

const SHOWN_AT_ONCE = 3;

/** Says that something happened. Never the only trace of something that matters: the page must show it too. */
export function notify(toast: Omit<Toast, 'id'>): void {
  publish([...toasts, { ...toast, id: nextId++ }].slice(-SHOWN_AT_ONCE));
}

export function dismissToast(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id));
}

export const toastStore = {
  read: () => toasts,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

const NONE: readonly Toast[] = [];
export const noToasts = () => NONE;
