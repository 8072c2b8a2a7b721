import 'server-only';
import type { VerbContext } from '../services/context.ts';
import { type Failure, toFailure } from './define-action.ts';
import { requestOrigin } from './origin.ts';
import { signedInContext } from './session.ts';

/** What a sheet asks while it is filled in, for who is signed in; it changes nothing. `name` is what the log calls it. */
export async function answerPreview<Preview>(
  name: string,
  make: (context: VerbContext) => Preview | Promise<Preview>,
): Promise<{ ok: true; preview: Preview } | Failure> {
  try {
    return { ok: true, preview: await make(await signedInContext()) };
  } catch (error) {
    return toFailure(error, (await requestOrigin()).requestId, name);
  }
}
