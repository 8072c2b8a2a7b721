/** What the engine's two sides (the client in the web, the workers) have to agree on. */
export const ENGINE = {
  /** Owner of every workflow row in the engine's schema. */
  application: 'meridian',
  /**
   * A constant: the engine resumes a workflow only under the version that started it. A changed interpreter gets a new
   * workflow name instead (docs/adr/0003-durable-engine.md).
   */
  version: 'ops-1',
  schema: 'dbos',
  queue: 'operations',
  workflow: 'operation@1',
  controlTopic: 'control',
} as const;
