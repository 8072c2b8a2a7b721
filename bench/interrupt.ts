const open = new Set<() => Promise<void>>();

/** Runs `stop` when the bench is interrupted before it came to that itself; the answer takes it back. */
export function stopOnInterrupt(stop: () => Promise<void>): () => void {
  open.add(stop);
  return () => void open.delete(stop);
}

/** Servers that a bench started outlive it otherwise: the last one started ends first. */
export function watchInterrupts(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      for (const stop of [...open].toReversed()) await stop();
      process.exit(130);
    });
  }
}
