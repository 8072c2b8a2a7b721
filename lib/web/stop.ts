import 'server-only';
import { logger } from './log.ts';
import { stopWebRuntime } from './runtime.ts';

async function stop(): Promise<void> {
  try {
    await stopWebRuntime();
  } catch (error) {
    logger().warn({ err: error }, 'this console could not take its leave; others notice within 15 s');
  }
}

/** Next stops only when every response has ended, and an event stream never ends by itself: this ends them. */
export function closeStreamsOnStop(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
}
