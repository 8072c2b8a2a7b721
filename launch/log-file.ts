import fs from 'node:fs';
import path from 'node:path';

const MAX_BYTES = 5 * 1024 * 1024;
const KEPT = 3;

/** An append-only log that is moved to `<file>.1` … `.3` when it grows past 5 MiB. */
export class LogFile {
  readonly file: string;
  #fd: number;
  #bytes: number;

  constructor(file: string) {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    this.file = file;
    rotate(file);
    this.#fd = fs.openSync(file, 'a', 0o600);
    this.#bytes = fs.fstatSync(this.#fd).size;
  }

  append(chunk: Buffer | string): void {
    this.#bytes += fs.writeSync(this.#fd, typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    if (this.#bytes < MAX_BYTES) return;
    fs.closeSync(this.#fd);
    rotate(this.file);
    this.#fd = fs.openSync(this.file, 'a', 0o600);
    this.#bytes = 0;
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** Moves a log that has grown too large out of the way; for a log whose writer holds it open, call before it starts. */
export function rotate(file: string): void {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < MAX_BYTES) return;
  for (let index = KEPT - 1; index >= 1; index -= 1) {
    if (fs.existsSync(`${file}.${index}`)) fs.renameSync(`${file}.${index}`, `${file}.${index + 1}`);
  }
  fs.renameSync(file, `${file}.1`);
}

/** The last `lines` lines of a log, read from its last 16 KiB. */
export function tailOf(file: string, lines: number): string {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return '';
  const length = Math.min(size, 16 * 1024);
  const buffer = Buffer.alloc(length);
  const fd = fs.openSync(file, 'r');
  try {
    fs.readSync(fd, buffer, 0, length, size - length);
  } finally {
    fs.closeSync(fd);
  }
  return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
