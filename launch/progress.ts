import { performance } from 'node:perf_hooks';

/** The lines a person watches while Meridian starts and runs: seconds since the start, the part, what happened. */
export class Progress {
  readonly #startedAt = performance.now();

  constructor() {
    // `npm start | head` closes our output; that must not end the product.
    process.stdout.on('error', () => undefined);
  }

  say(part: string, text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(6);
    process.stdout.write(`${seconds} s  ${part.padEnd(10)} ${text}\n`);
  }

  plain(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}
