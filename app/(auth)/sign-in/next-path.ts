import type { Route } from 'next';
import { routes } from '#lib/routes.ts';

/** A path of this console to go to after sign-in; anything that could lead elsewhere becomes the overview. */
export function safeNext(wanted: unknown): Route {
  const text = typeof wanted === 'string' ? wanted : '';
  const local = /^\/(?![/\\])[\w\-./?=&%+,:]*$/.test(text) && text.length <= 500;
  return local ? (text as Route) : routes.overview();
}
