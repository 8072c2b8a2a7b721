/**
 * Once a process, before its first request: who is believed about addresses, a stop that leaves nobody hanging, and a word
 * that this console is there.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { guardForwarding } = await import('#lib/web/forwarding.ts');
  const { closeStreamsOnStop } = await import('#lib/web/stop.ts');
  guardForwarding();
  closeStreamsOnStop();
  if (process.env.NEXT_PHASE === 'phase-production-build') return;
  const { openAtStart } = await import('#lib/web/runtime.ts');
  openAtStart();
}
