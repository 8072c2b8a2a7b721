import { AppRouterContext } from 'next/dist/shared/lib/app-router-context.shared-runtime';
import { type ComponentProps, createElement, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { ClockProvider } from '#components/ui/clock.tsx';
import type { VerbContext } from '#lib/services/context.ts';
import { readSituation } from '#lib/services/recovery/situation.ts';
import type { Frame } from '../../app/(console)/_models/recovery/frame.ts';

/** Nothing on a page that is only read goes anywhere. */
const router: NonNullable<ComponentProps<typeof AppRouterContext.Provider>['value']> = {
  bfcacheId: '0',
  back: nowhere,
  forward: nowhere,
  refresh: nowhere,
  push: nowhere,
  replace: nowhere,
  prefetch: nowhere,
};

function nowhere(): never {
  throw new Error('A page that is only read went somewhere.');
}

/** What stands on a page, without its markup. */
export function textOf(at: string, element: ReactNode): string {
  const Page = () => ClockProvider({ at, frozen: true, children: element });
  const html = renderToStaticMarkup(
    createElement(AppRouterContext.Provider, { value: router }, createElement(Page)),
  );
  return html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll(/[\s\u00a0]+/g, ' ');
}

/** What the pages of production are made from, as the request of that person reads it. */
export async function frameOf(context: VerbContext): Promise<Frame> {
  const environment = 'production';
  const situation = await readSituation(context, environment);
  return { context, situation, environment, here: {} };
}
