import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
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
