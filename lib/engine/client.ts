import { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Database } from '../data/database.ts';
import type { EngineClient } from '../ports/engine.ts';
import { ENGINE } from './names.ts';

export interface ClosableEngineClient extends EngineClient {
  /** Forgets the client; the database's connections stay the caller's. */
  close(): Promise<void>;
}

/**
 * The engine as the web and the CLI see it: they ask for runs and never execute any. It opens no connection of its
 * own; both calls write through the verb's transaction. Keep one per process.
 */
export async function createEngineClient(options: {
  database: Pick<Database, 'pool'>;
  databaseUrl: string;
}): Promise<ClosableEngineClient> {
  const client = await DBOSClient.create({
    systemDatabaseUrl: options.databaseUrl,
    systemDatabasePool: options.database.pool,
    systemDatabaseSchemaName: ENGINE.schema,
    applicationName: ENGINE.application,
  });
  return {
    async start(connection, operation) {
      await client.enqueueInTransaction(
        connection,
        {
          queueName: ENGINE.queue,
          workflowName: ENGINE.workflow,
          workflowID: operation.id,
          appVersion: ENGINE.version,
          // An emergency must not wait in line behind the run from which it takes the environment.
          queuePartitionKey: operation.preempts
            ? `${operation.environment} preempting`
            : operation.environment,
        },
        operation.id,
      );
    },
    async wake(connection, operationId, key) {
      await client.sendInTransaction(connection, operationId, 'look', ENGINE.controlTopic, key);
    },
    close: () => client.destroy(),
  };
}
