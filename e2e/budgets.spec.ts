import { gzipSync } from 'node:zlib';
import { PAGES } from './support/pages.ts';
import { expect, test } from './support/test.ts';

const MOST_SCRIPT_KB = 200;
const SCRIPT = /\/_next\/static\/[\w./%~-]+\.js/g;

test('no page makes a browser load more than 200 KB of script to begin with @reads', async ({ signedIn }) => {
  const { request } = (await signedIn('operator')).context();
  const sizes = new Map<string, number>();
  const sizeOf = async (script: string): Promise<number> => {
    const known = sizes.get(script);
    if (known !== undefined) return known;
    const size = gzipSync(await (await request.get(script)).body()).length;
    sizes.set(script, size);
    return size;
  };
  const tooHeavy: string[] = [];
  for (const { name, path } of PAGES) {
    const html = await (await request.get(path)).text();
    const named = html.replace(/<script\b[^>]*\bnomodule\b[^>]*>/gi, '').match(SCRIPT);
    const scripts = new Set(named);
    expect(scripts.size, name).toBeGreaterThan(0);
    let bytes = 0;
    for (const script of scripts) bytes += await sizeOf(script);
    if (bytes / 1024 > MOST_SCRIPT_KB) tooHeavy.push(`${name}: ${Math.round(bytes / 1024)} KB`);
  }
  expect(tooHeavy).toEqual([]);
});
