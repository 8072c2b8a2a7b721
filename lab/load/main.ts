/** The shoppers' process: started by `lab/load/index.ts`, spoken to over its IPC channel, gone when that closes. */
import type { FromShoppers, LoadConfig, ToShoppers, WriterPlace } from './messages.ts';
import { type Shoppers, startShoppers } from './shoppers.ts';

const WRITER_WITHIN_MS = 2_000;

let shoppers: Shoppers | undefined;
const questions = new Map<number, (writer: WriterPlace | null) => void>();
let lastQuestion = 0;

process.on('message', (message: ToShoppers) => {
  handle(message).catch((error: unknown) => tell({ kind: 'failed', message: String(error) }));
});
process.on('disconnect', () => {
  void leave();
});
// Ctrl-C reaches the whole group; the lab ends this process itself, after the parts that still need it.
process.on('SIGINT', () => undefined);

async function handle(message: ToShoppers): Promise<void> {
  switch (message.kind) {
    case 'start':
      return start(message.config);
    case 'rate':
      shoppers?.setRate(message.requestsPerSecond);
      return;
    case 'reset':
      await shoppers?.reset();
      tell({ kind: 'reset-done', id: message.id });
      return;
    case 'writer':
      questions.get(message.id)?.(message.writer);
      return;
  }
}

async function start(config: LoadConfig): Promise<void> {
  shoppers = await startShoppers({
    config,
    writer: askWriter,
    log: (text, fields) => tell({ kind: 'log', message: text, fields }),
  });
  tell({ kind: 'ready', ledgerPort: shoppers.ledgerPort });
}

function askWriter(): Promise<WriterPlace | null> {
  lastQuestion += 1;
  const id = lastQuestion;
  return new Promise((resolve) => {
    const settle = (writer: WriterPlace | null) => {
      clearTimeout(timer);
      questions.delete(id);
      resolve(writer);
    };
    const timer = setTimeout(() => settle(null), WRITER_WITHIN_MS);
    questions.set(id, settle);
    tell({ kind: 'which-writer', id });
  });
}

function tell(message: FromShoppers): void {
  if (process.connected) process.send?.(message);
}

async function leave(): Promise<void> {
  await shoppers?.close();
  process.exit(0);
}
