import 'server-only';

/** What Next reads of an action's body at most (its default of `serverActions.bodySizeLimit`). */
export const ACTION_BODY_BYTES = 1024 * 1024;

export interface UnfitBody {
  status: 400 | 413;
  message: string;
}

const NO_FORM: UnfitBody = { status: 400, message: 'That is no form of this console.' };

/**
 * Why no form and no action of this console sends such a body to a page; null when one might. Next would answer 500 to a body
 * that it cannot read, or that is too large. Reads the body: hand in a copy.
 */
export async function unfitBody(request: Request): Promise<UnfitBody | null> {
  if (Number(request.headers.get('content-length')) > ACTION_BODY_BYTES) return tooLarge();
  const body = await request.arrayBuffer();
  if (body.byteLength > ACTION_BODY_BYTES) return tooLarge();
  const type = request.headers.get('content-type') ?? '';
  const isAction = request.headers.has('next-action');
  if (/^multipart\/form-data/i.test(type)) {
    const form = await readForm(body, type);
    return form && (!isAction || isArguments(form.get('0'))) ? null : NO_FORM;
  }
  if (!isAction || type === 'application/x-www-form-urlencoded') return null;
  return isArguments(new TextDecoder().decode(body)) ? null : NO_FORM;
}

function tooLarge(): UnfitBody {
  const limit = `${ACTION_BODY_BYTES / 1024 / 1024} MiB`;
  return { status: 413, message: `The body is over ${limit}, the most that is read of a form.` };
}

async function readForm(body: ArrayBuffer, type: string): Promise<FormData | null> {
  try {
    return await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch {
    return null; // whatever stops the parser, the body is none of a browser's form
  }
}

/** React sends an action's arguments as a list in JSON: as the whole body, or in the field "0" (`encodeReply`). */
function isArguments(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false; // not JSON
  }
}
