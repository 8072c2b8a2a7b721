import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RebootDBInstanceCommand } from '@aws-sdk/client-rds';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hearThrottled } from '#lib/ports/throttling.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { createAwsClients } from './clients.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

class Stopped extends Error {}

/** Host and path that a read of an object would be sent to, as the environment stands. Nothing is sent. */
async function addressOf(environment: Record<string, string>): Promise<string> {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIANOBODY');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'nothing');
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const clients = createAwsClients({
    estate: seedEstate(),
    sessionName: 'test',
    timeoutMs: 1000,
    attempts: 1,
  });
  const client = clients.s3('eu-west-1');
  let address = '';
  client.middlewareStack.add(
    () => async (args) => {
      const { hostname, path } = args.request as { hostname: string; path: string };
      address = `${hostname}${path}`;
      throw new Stopped();
    },
    { step: 'finalizeRequest', name: 'stopHere', priority: 'high' },
  );
  await expect(client.send(new GetObjectCommand({ Bucket: 'a-bucket', Key: 'serve/x' }))).rejects.toThrow(
    Stopped,
  );
  clients.destroy();
  return address;
}

describe('where S3 finds a bucket', () => {
  it.each([
    ['on AWS, by host', {}, 'a-bucket.s3.eu-west-1.amazonaws.com/serve/x'],
    ['at an address', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, '127.0.0.1/a-bucket/serve/x'],
    ['at a host of its own', { AWS_ENDPOINT_URL: 'http://localhost:4566' }, 'localhost/a-bucket/serve/x'],
    [
      'at an endpoint for S3 alone',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: 'https://objects.example/base' },
      'objects.example/base/a-bucket/serve/x',
    ],
    [
      'on AWS, where endpoints are to be ignored',
      { AWS_ENDPOINT_URL: 'http://localhost:4566', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      'a-bucket.s3.eu-west-1.amazonaws.com/serve/x',
    ],
  ])('%s', async (_, environment, address) => {
    expect(await addressOf(environment)).toBe(address);
  });
});

interface Answer {
  status: number;
  code: string | null;
}

const TAKEN: Answer = { status: 200, code: null };
const REFUSED: Answer = { status: 403, code: 'SignatureDoesNotMatch' };
const FAILED: Answer = { status: 503, code: 'ServiceUnavailable' };
const THROTTLED: Answer = { status: 400, code: 'Throttling' };
const DENIED: Answer = { status: 403, code: 'AccessDenied' };

/** How often a change is sent to a service whose clock is so far ahead, and what comes of it, as it gives these answers in turn. */
async function tries(answers: readonly [Answer, ...Answer[]], aheadSeconds: number) {
  let sent = 0;
  const server = createServer((_, response) => {
    const { status, code } = answers[Math.min(sent, answers.length - 1)] ?? TAKEN;
    sent += 1;
    const body =
      code === null
        ? '<RebootDBInstanceResponse><RebootDBInstanceResult/></RebootDBInstanceResponse>'
        : `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;
    response.writeHead(status, {
      'content-type': 'text/xml',
      date: new Date(Date.now() + aheadSeconds * 1_000).toUTCString(),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // of a TCP server that listens
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIANOBODY');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'nothing');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
  const clients = createAwsClients({
    estate: seedEstate(),
    sessionName: 'test',
    timeoutMs: 5_000,
    attempts: 5,
    retry: 'undone',
  });
  try {
    const outcome = await clients
      .rds('eu-west-1')
      .send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'db' }))
      .then(
        () => 'taken',
        (error: Error) => error.name,
      );
    return { sent, outcome };
  } finally {
    clients.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('a call that changes something', () => {
  it.each<[string, [Answer, ...Answer[]], number, { sent: number; outcome: string }]>([
    ['is signed anew where its time was refused', [REFUSED, TAKEN], 600, { sent: 2, outcome: 'taken' }],
    ['also by a clock that is ahead', [REFUSED, TAKEN], -600, { sent: 2, outcome: 'taken' }],
    ['once, not again and again', [REFUSED], 600, { sent: 2, outcome: 'SignatureDoesNotMatch' }],
    [
      'once, whatever lies between',
      [REFUSED, THROTTLED, REFUSED],
      600,
      { sent: 3, outcome: 'SignatureDoesNotMatch' },
    ],
    [
      'not where the clock is right: the key is wrong',
      [REFUSED],
      0,
      { sent: 1, outcome: 'SignatureDoesNotMatch' },
    ],
    // The SDK says of any answer that it has learned the time by it.
    ['not where it may have been done', [FAILED], 600, { sent: 1, outcome: 'ServiceUnavailable' }],
    ['not where it was denied', [DENIED], 600, { sent: 1, outcome: 'AccessDenied' }],
    ['is sent again where it was throttled', [THROTTLED, TAKEN], 0, { sent: 2, outcome: 'taken' }],
  ])('%s', async (_, answers, aheadSeconds, expected) => {
    expect(await tries(answers, aheadSeconds)).toEqual(expected);
  });

  it('has each try that was throttled told while it goes on', async () => {
    const heard: string[] = [];
    const done = await hearThrottled(
      (why) => heard.push(why),
      () => tries([THROTTLED, THROTTLED, TAKEN], 0),
    );
    expect(done).toEqual({ sent: 3, outcome: 'taken' });
    expect(heard).toEqual(['Throttling: no', 'Throttling: no']);
  });
});
