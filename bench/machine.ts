import os from 'node:os';

/** Where and when a number was taken: it says little without. `postgres` is the server's own version. */
export function describeMachine(postgres: string | null, now: Date): string {
  const parts = [
    now.toISOString().slice(0, 10),
    `${os.availableParallelism()} cores (${os.cpus()[0]?.model.trim() ?? 'unknown'})`,
    `${Math.round(os.totalmem() / 1024 ** 3)} GB`,
    `${os.type()} ${os.release().split('-')[0]}`,
    `Node ${process.versions.node}`,
    ...(postgres ? [`PostgreSQL ${postgres}`] : []),
  ];
  return parts.join(', ');
}

/** What else the machine did just before, so that a number taken on a busy one is not taken for more than it is. */
export function describeLoad(): string {
  const [minute = 0] = os.loadavg();
  return `load average before the run ${minute.toFixed(1)} on ${os.availableParallelism()} cores`;
}
