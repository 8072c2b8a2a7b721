import { expect, it } from 'vitest';
import { hintFor } from './hints.ts';

it.each([
  [
    'postgres: error while loading shared libraries: libicuuc.so.60: cannot open shared object file',
    'The shared library libicuuc.so.60 is missing',
  ],
  ['FATAL:  could not write lock file: No space left on device', 'The disk is full'],
  ['Error: ENOSPC: no space left on device, write', 'The disk is full'],
  ['EDQUOT: disk quota exceeded, write', 'The disk is full'],
  ["EROFS: read-only file system, open '/srv/launcher.json'", 'The disk can only be read'],
  ['FATAL:  could not create lock file "postmaster.pid": Read-only file system', 'The disk can only be read'],
  ["Error: EACCES: permission denied, open '/srv/estate.yaml'", '/srv/estate.yaml may not be read'],
  [
    'FATAL:  could not open file "/srv/data/PG_VERSION": Permission denied',
    '/srv/data/PG_VERSION may not be read',
  ],
  ['initdb: Permission denied', 'A file may not be read'],
  ['Error: listen EADDRINUSE: address already in use 127.0.0.1:8053', 'Port 8053 is taken'],
  [
    'Error: listen EADDRNOTAVAIL: address not available 127.0.11.1:41234',
    'on macOS each that the lab listens on is added first (docs/lab.md, "On macOS"), this one by: sudo ifconfig lo0 alias 127.0.11.1',
  ],
  [
    'Error: listen EADDRNOTAVAIL: address not available 192.0.2.1:80',
    '192.0.2.1 is not an address of this machine',
  ],
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', 'ran out of memory'],
])('%s', (output, sentence) => {
  expect(hintFor(output)).toContain(sentence);
});

it('keeps silent about what it does not know', () => {
  expect(hintFor('TypeError: cannot read properties of undefined')).toBeUndefined();
});
