import os from 'node:os';

const LOOK_EVERY_MS = 2_000;
const GIB = 1024 ** 3;

/**
 * Watches how much memory the machine has left; the returned function says it in one line. Where it runs out, the kernel
 * ends processes without a word, and tests fail of whatever is missing then.
 */
export function watchMemory(): () => string {
  let least = os.freemem();
  const look = () => {
    least = Math.min(least, os.freemem());
  };
  setInterval(look, LOOK_EVERY_MS).unref();
  return () => {
    look();
    const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;
    return `${os.availableParallelism()} processors, ${gib(os.totalmem())} of memory, at least ${gib(least)} free throughout`;
  };
}
