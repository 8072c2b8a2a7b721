import { statSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCertificates } from '#lab/certificates/index.ts';
import { makeCertificates } from '#lab/certificates/make.ts';
import { EU, EU_REPLICA, PRIMARY, queryAt, startDatabases, type TestLab } from './support/databases.ts';

let lab: TestLab;
let ca = '';

beforeAll(async () => {
  lab = await startDatabases();
  ({ ca } = await labCertificates(lab.ctx));
});

afterAll(async () => {
  await lab?.stop();
  lab?.remove();
});

/** How a session with that server is encrypted, seen by the server. */
async function session(url: string, ssl: pg.ClientConfig['ssl']) {
  const client = new pg.Client({ connectionString: url, ssl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query('select ssl, version from pg_stat_ssl where pid = pg_backend_pid()');
    return rows[0];
  } finally {
    await client.end();
  }
}

describe('TLS of the databases', () => {
  it.each([PRIMARY, EU_REPLICA])('is verified in full against the lab’s authority: %s', async (name) => {
    const url = lab.databases.endpointUrl(name);
    expect(await session(url, { ca, rejectUnauthorized: true })).toMatchObject({
      ssl: true,
      version: expect.stringMatching(/^TLSv1\.[23]$/),
    });
  });

  it('goes through the link from another Region', async () => {
    const url = await lab.databases.urlFrom(EU, PRIMARY);
    expect(await session(url, { ca })).toMatchObject({ ssl: true });
  });

  it('is refused by a client that trusts another authority, or expects another name', async () => {
    const url = lab.databases.endpointUrl(PRIMARY);
    const other = await makeCertificates(Date.now());
    await expect(session(url, { ca: other.ca })).rejects.toThrow(/certificate/);
    const checkServerIdentity: typeof tls.checkServerIdentity = (_host, certificate) =>
      tls.checkServerIdentity('elsewhere.example', certificate);
    await expect(session(url, { ca, checkServerIdentity })).rejects.toThrow(/elsewhere\.example/);
  });

  it('is offered, not asked for: plain connections stay', async () => {
    const url = lab.databases.endpointUrl(PRIMARY);
    expect(await queryAt(url, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toEqual([
      { ssl: false },
    ]);
  });

  it('comes with a new replica and stays after a promotion and a restart', async () => {
    const source = lab.databases.find(PRIMARY)?.resourceId ?? '';
    const { resourceId, seeded } = await lab.databases.createReplica({
      id: 'later',
      region: EU,
      sourceResourceId: source,
    });
    await seeded;
    await lab.databases.promote(resourceId);
    await lab.databases.restart(resourceId);
    expect(await session(lab.databases.endpointUrl('later'), { ca })).toMatchObject({ ssl: true });
    await lab.databases.delete(resourceId);
  });

  it('has its key readable by the servers’ account alone', () => {
    const key = path.join(lab.ctx.dataDir, 'postgres/tls/server.key');
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });
});
