import type { APIResponse, Page, Request } from '@playwright/test';
import { product } from './product.ts';

/** The next call of a server action that the page makes. */
export function nextAction(page: Page): Promise<Request> {
  return page.waitForRequest((request) => request.method() === 'POST' && 'next-action' in request.headers());
}

/** Sends somebody else's server action again, by hand, with the cookies of this page: what a button would not do. */
export async function replay(
  page: Page,
  action: Request,
  { origin } = { origin: product.url },
): Promise<APIResponse> {
  const { 'next-action': id = '', 'content-type': type = '' } = action.headers();
  return page.request.post(action.url(), {
    headers: { 'next-action': id, 'content-type': type, accept: 'text/x-component', origin },
    data: action.postDataBuffer() ?? Buffer.alloc(0),
  });
}
