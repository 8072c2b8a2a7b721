import fs from 'node:fs';
import path from 'node:path';
import { reasonOf } from './hints.ts';
import { writing } from './keep.ts';

const MAX_BYTES = 5 * 1024 * 1024;
const KEPT = 3;

/** An append-only log that is moved to `<file>.1` … `.3` when it grows past 5 MiB. */
export class LogFile {
  readonly file: string;
  readonly #tell: (trouble: string) => void;
  #fd: number;
  #bytes: number;
  #inTrouble = false;

  /** Throws a LaunchProblem when the file cannot be opened. What stops it later is told to `tell`, once each time it begins. */
  constructor(file: string, tell: (trouble: string) => void) {
    this.file = file;
    this.#tell = tell;
    this.#fd = writing(file, () => {
      fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      rotate(file);
      return fs.openSync(file, 'a', 0o600);
    });
    this.#bytes = fs.fstatSync(this.#fd).size;
  }

  /** Never throws: a disk that is full must not end the program that is being logged, nor whoever logs it. */
  append(chunk: Buffer): void {
    try {
      this.#bytes += fs.writeSync(this.#fd, chunk);
      if (this.#bytes >= MAX_BYTES) this.#moveOn();
      this.#inTrouble = false;
    } catch (error) {
      if (!this.#inTrouble) this.#tell(`its log ${this.file} cannot be written: ${reasonOf(error)}`);
      this.#inTrouble = true;
    }
  }

  /** The new file is opened before the old one is let go: a closed number may become another file's. */
  #moveOn(): void {
    rotate(this.file);
    const next = fs.openSync(this.file, 'a', 0o600);
    fs.closeSync(this.#fd);
    this.#fd = next;
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
