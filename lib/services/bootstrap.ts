import { readFile } from 'node:fs/promises';
import os from 'node:os';
import pg from 'pg';
import { importEstate } from './estate/estate.ts';
import { disableDemoPeople, ensureDemoPeople } from './people/demo.ts';

/**
 * What must be in the database before web and workers start: the estate, and the demo accounts if the lab is on. Runs as
 * the owner, in one transaction, after `migrate`; doing it again changes nothing.
 */
export async function bootstrap(options: {
  ownerUrl: string;
  estatePath: string;
  /** Null without the lab: demo accounts are then disabled. */
  demoPassword: string | null;
}): Promise<{ estateImported: boolean }> {
  const yaml = await readFile(options.estatePath, 'utf8').catch((error: unknown) => {
    throw new Error(
      `The estate file ${options.estatePath} cannot be read: ${String(error)}. Set MERIDIAN_ESTATE to one that can.`,
    );
  });
  const client = new pg.Client({
    connectionString: options.ownerUrl,
    application_name: 'meridian-bootstrap',
  });
  await client.connect();
  try {
    await client.query('begin');
    const by = `local:${os.userInfo().username}@${os.hostname()}`;
    const { imported } = await importEstate(client, yaml, by);
    if (options.demoPassword === null) await disableDemoPeople(client);
    else await ensureDemoPeople(client, options.demoPassword, by);
    await client.query('commit');
    return { estateImported: imported };
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    await client.end();
  }
}
