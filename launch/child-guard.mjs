import { isMainThread } from 'node:worker_threads';

// Loaded before each child's own program (--import), and by what such a child starts with another Node: kept to syntax that
// any Node reads. When the launcher is gone, even by SIGKILL, its channel closes and the child ends as it would on SIGTERM, or at
// the latest after the grace period.
const GRACE_MS = 13_000;

/** Set for what a child starts itself: its channel leads to that child, and must keep it alive as usual. */
const GUARDED = 'MERIDIAN_GUARDED';

if (isMainThread && process.channel && !process.env[GUARDED]) {
  process.env[GUARDED] = String(process.pid);
  process.on('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  });
  process.channel.unref();
}
