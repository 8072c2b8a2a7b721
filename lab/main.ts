import path from 'node:path';
import { LabProblem, runLab, whenToStop } from './run.ts';

// The lab's process. MERIDIAN_DATA, MERIDIAN_ESTATE and LAB_SEED say where, what and how; docs/lab.md has the rest.

const STOP_WITHIN_MS = 12_000;
const LARGEST_SEED = 2 ** 32;

function log(part: string, message: string, fields?: Record<string, unknown>): void {
  const details = fields ? ` ${JSON.stringify(fields)}` : '';
  process.stderr.write(`${new Date().toISOString()} ${part}: ${message}${details}\n`);
}

function seedFrom(text: string | undefined): number {
  if (text === undefined || text === '') return Math.floor(Math.random() * LARGEST_SEED);
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed < LARGEST_SEED) return seed;
  throw new LabProblem(
    `LAB_SEED is "${text}". Set it to a whole number from 0 to ${LARGEST_SEED - 1}, or leave it out.`,
  );
}

async function main(): Promise<void> {
  const root = path.dirname(import.meta.dirname);
  const seed = seedFrom(process.env.LAB_SEED);
  const starting = runLab({
    seed,
    log,
    estateFile: path.resolve(process.env.MERIDIAN_ESTATE ?? path.join(root, 'estate.yaml')),
    dataDir: path.resolve(process.env.MERIDIAN_DATA ?? path.join(root, '.data')),
  });
  whenToStop((reason) => {
    log('lab', `stops: ${reason}`);
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    starting
      .then((lab) => lab.close())
      .then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
  });
  const { description } = await starting;
  log('lab', 'is ready', { seed, adminUrl: description.adminUrl, gatewayUrl: description.gatewayUrl });
  process.stdout.write('lab ready\n');
}

function fail(error: unknown): never {
  const known = error instanceof LabProblem;
  process.stderr.write(
    `${known ? error.message : (error instanceof Error && error.stack) || String(error)}\n`,
  );
  process.exit(1);
}

process.on('unhandledRejection', (reason) => {
  log('lab', 'a promise was rejected and nobody took notice', {
    error: reason instanceof Error ? reason.stack : String(reason),
  });
});

main().catch(fail);
