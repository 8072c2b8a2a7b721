import { AsyncLocalStorage } from 'node:async_hooks';
import { UnansweredError } from './aws.ts';

type Listener = (why: string) => void;

const listeners = new AsyncLocalStorage<Listener>();

/**
 * Said by an adapter of each try that AWS throttled, while the call goes on trying by itself: five tries may take longer than
 * a Region that says nothing is waited for, and one that throttles has said something.
 */
export function tellThrottled(why: string): void {
  listeners.getStore()?.(why);
}

/** Hears each throttled try of what is called within; so does whoever listens around it. */
export function hearThrottled<T>(listener: Listener, call: () => T): T {
  const outer = listeners.getStore();
  const both: Listener = (why) => {
    listener(why);
    outer?.(why);
  };
  return listeners.run(both, call);
}

/** AWS was there and had no time: nothing was done, and asking again is safe, whatever was asked. */
export type ThrottledError = UnansweredError & { readonly throttled: true };

export function isThrottled(error: unknown): error is ThrottledError {
  return error instanceof UnansweredError && error.throttled;
}
