/** Once a process, before its first request: who is believed about addresses, and a stop that leaves nobody hanging. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { guardForwarding } = await import('#lib/web/forwarding.ts');
  const { closeStreamsOnStop } = await import('#lib/web/stop.ts');
  guardForwarding();
  closeStreamsOnStop();
}
