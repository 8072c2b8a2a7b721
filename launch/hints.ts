import { errorMessage } from './problem.ts';

const HINTS: readonly { pattern: RegExp; sentence: (match: RegExpExecArray) => string }[] = [
  {
    pattern: /error while loading shared libraries: (\S+?):/,
    sentence: ([, library]) =>
      `The shared library ${library} is missing on this machine. Install the package that holds it ` +
      `(on Debian: apt-get install apt-file && apt-file update && apt-file search ${library}).`,
  },
  {
    pattern: /ENOSPC|No space left on device|EDQUOT|Disk quota exceeded/i,
    sentence: () =>
      'The disk is full. Free some space and start again, or set MERIDIAN_DATA to another disk.',
  },
  {
    pattern: /EROFS|Read-only file system/i,
    sentence: () =>
      'The disk can only be read: it is mounted so. Mount it for writing and start again, or set MERIDIAN_DATA to another disk.',
  },
  {
    pattern: /"?(\/[\w./@-]+)"?: Permission denied|EACCES[^\n]*?(\/[\w./@-]+)|EACCES|Permission denied/i,
    sentence: ([, before, after]) =>
      `${before ?? after ?? 'A file'} may not be read or written by the account this part runs under. ` +
      'Open it to that account, or set MERIDIAN_DATA to another folder.',
  },
  {
    pattern: /EADDRINUSE[^\n]*?:(\d+)/,
    sentence: ([, port]) => `Port ${port} is taken by another program. Stop that one and start again.`,
  },
  {
    pattern: /EADDRNOTAVAIL[^\n]*?\b(127\.\d+\.\d+\.\d+)/,
    sentence: ([, address]) =>
      `This machine has no address ${address}. Linux has all of 127.0.0.0/8; on macOS each that the lab listens on is added first ` +
      `(docs/lab.md, "On macOS"), this one by: sudo ifconfig lo0 alias ${address}`,
  },
  {
    pattern: /EADDRNOTAVAIL[^\n]*?(\d+\.\d+\.\d+\.\d+)/,
    sentence: ([, address]) =>
      `${address} is not an address of this machine. Use 127.0.0.1 (this machine only) or 0.0.0.0 (all its networks).`,
  },
  {
    pattern: /EMFILE|Too many open files/i,
    sentence: () =>
      'Too many files are open for this account. Raise the limit ("ulimit -n 8192") and start again.',
  },
  {
    pattern: /JavaScript heap out of memory|Cannot allocate memory|ENOMEM/,
    sentence: () => 'The machine ran out of memory. Meridian needs about 2 GB free.',
  },
];

/** What a known failure in a program's last output means and what to do about it, or undefined when we do not know it. */
export function hintFor(output: string): string | undefined {
  for (const { pattern, sentence } of HINTS) {
    const match = pattern.exec(output);
    if (match) return sentence(match);
  }
  return undefined;
}

/** The hint for what was caught, or its own message where we know none. */
export function reasonOf(error: unknown): string {
  const message = errorMessage(error);
  return hintFor(message) ?? message;
}
