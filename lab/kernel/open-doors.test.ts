import type http from 'node:http';
import { expect, it } from 'vitest';
import { hintFor } from '#launch/hints.ts';
import { openDoorsOnOnePort } from './open-doors.ts';

const answer: http.RequestListener = (_, response) => void response.end('well');
const plan = (host: string) => ({ host, answer });

it('opens every address on one port, the remembered one again', async () => {
  const first = await openDoorsOnOnePort('the shops', [plan('127.0.11.1'), plan('127.0.12.1')], undefined);
  for (const host of ['127.0.11.1', '127.0.12.1'])
    expect(await (await fetch(`http://${host}:${first.port}`)).text()).toBe('well');
  await Promise.all(first.doors.map((door) => door.close()));
  const again = await openDoorsOnOnePort('the shops', [plan('127.0.11.1')], first.port);
  expect(again.port).toBe(first.port);
  await Promise.all(again.doors.map((door) => door.close()));
});

it('says which address this machine lacks, in words that the launcher has a hint for', async () => {
  // Of the range for documentation (RFC 5737): no machine has it.
  const attempt = openDoorsOnOnePort('the shops', [plan('127.0.11.1'), plan('192.0.2.1')], undefined);
  await expect(attempt).rejects.toThrow(
    /^The lab cannot listen on 192\.0\.2\.1:\d+ for the shops: .*EADDRNOTAVAIL/,
  );
  const message = await attempt.catch((error: Error) => error.message);
  expect(hintFor(String(message))).toContain('192.0.2.1 is not an address of this machine');
});
