import { type LinkProxy, openProxy } from './proxy.ts';
import type { Answer, Command } from './types.ts';

/**
 * The links' own process: however busy the lab's main loop is, no connection waits for it. It lives as long as the
 * channel to its parent.
 */
const proxies = new Map<number, LinkProxy>();

function answer(message: Answer) {
  process.send?.(message);
}

async function obey(command: Command) {
  const { id } = command;
  switch (command.kind) {
    case 'listen': {
      const proxy = await openProxy(command.port, command.target, command.conditions);
      proxies.set(id, proxy);
      answer({ kind: 'listening', id, port: proxy.port });
      return;
    }
    case 'conditions':
      proxies.get(id)?.apply(command.conditions);
      answer({ kind: 'applied', id });
      return;
    case 'stop':
      await proxies.get(id)?.close();
      proxies.delete(id);
      answer({ kind: 'stopped', id });
      return;
  }
}

process.on('message', (command: Command) => {
  obey(command).catch((error: NodeJS.ErrnoException) =>
    answer({ kind: 'refused', id: command.id, code: error.code ?? 'UNKNOWN', message: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent closes this process when its own parts are down.
process.on('SIGINT', () => undefined);
