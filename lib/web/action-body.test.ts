import { describe, expect, it } from 'vitest';
import { ACTION_BODY_BYTES, unfitBody } from './action-body.ts';

const ADDRESS = 'http://127.0.0.1:3000/sign-in';
const ACTION = { 'next-action': 'a'.repeat(42) };
const BOUNDARY = '----MeridianTestBoundary0123456789'; // a browser's is 27 to 70 characters
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request(ADDRESS, { method: 'POST', body, headers });

function form(fields: Record<string, string | Blob>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

describe('what a browser sends is let through:', () => {
  it.each([
    ['a form without scripts', post(form({ $ACTION_REF_1: '', email: 'a@b', password: 'x' }))],
    ['an action with a form', post(form({ '0': '["$undefined","$K1"]', '1_email': 'a@b' }), ACTION)],
    [
      'an action with plain arguments',
      post('[{"id":"OP-1001"}]', { ...ACTION, 'content-type': 'text/plain' }),
    ],
    ['an action without arguments', post('[]', ACTION)],
    ['a form of another kind', post('a=b', { 'content-type': 'application/x-www-form-urlencoded' })],
    ['nothing', new Request(ADDRESS, { method: 'POST' })],
    ['as much as is read', post(`["${'a'.repeat(ACTION_BODY_BYTES - 4)}"]`, ACTION)],
  ])('%s', async (_, request) => {
    expect(await unfitBody(request)).toBeNull();
  });
});

describe('refused with 400 is', () => {
  it.each([
    ['multipart without a boundary', post('x', { 'content-type': 'multipart/form-data' })],
    ['multipart that is none', post('garbage', { 'content-type': MULTIPART })],
    [
      'multipart cut short',
      post(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="0"\r\n\r\n[`, {
        'content-type': MULTIPART,
      }),
    ],
    [
      'an action whose multipart is none',
      post(`--${BOUNDARY}--garbage`, { ...ACTION, 'content-type': MULTIPART }),
    ],
    ['an action without its arguments', post(form({ email: 'a@b' }), ACTION)],
    ['an action whose arguments are a file', post(form({ '0': new Blob(['[]']) }), ACTION)],
    ['an action whose arguments are no JSON', post(form({ '0': '[' }), ACTION)],
    ['an action with garbage', post('\0\u{1f9e8}', { ...ACTION, 'content-type': 'text/plain' })],
    ['an action with no list', post('{"length":1}', ACTION)],
    ['an action with nothing', post('', ACTION)],
  ])('%s', async (_, request) => {
    expect(await unfitBody(request)).toMatchObject({ status: 400 });
  });
});

describe('refused with 413 is more than is read,', () => {
  const large = new Uint8Array(ACTION_BODY_BYTES + 1);

  it('as it was announced', async () => {
    const announced = new Request(ADDRESS, {
      method: 'POST',
      headers: { 'content-length': String(ACTION_BODY_BYTES + 1) },
    });
    expect(await unfitBody(announced)).toMatchObject({ status: 413 });
  });

  it('and as it came unannounced', async () => {
    expect(await unfitBody(post(large))).toMatchObject({ status: 413 });
    expect(await unfitBody(post(large, { ...ACTION, 'content-type': MULTIPART }))).toMatchObject({
      status: 413,
    });
  });
});
