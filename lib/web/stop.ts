import 'server-only';
import { stopWebRuntime } from './runtime.ts';

/** Next stops only when every response has ended, and an event stream never ends by itself: this ends them. */
export function closeStreamsOnStop(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stopWebRuntime());
}
