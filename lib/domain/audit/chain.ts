import { hash } from 'node:crypto';

/** One row of the log as the verifier reads it; hashes in hex. */
export interface ChainRow {
  seq: number;
  /** UTC, microseconds: the text that is hashed. */
  at: string;
  /** Canonical JSON as stored: the text that is hashed. */
  entry: string;
  prevHash: string;
  hash: string;
}

/** What the next row has to continue. */
export interface ChainEnd {
  seq: number;
  at: string;
  hash: string;
}

export type BreakReason = 'gap' | 'order' | 'prev' | 'hash' | 'columns';

export interface ChainBreak {
  seq: number;
  why: BreakReason;
  /** What was found, for a person. */
  message: string;
}

/** The chain before its first row. */
export const CHAIN_START: ChainEnd = { seq: 0, at: '', hash: '0'.repeat(64) };

/** A database's clock may be set back this far, by a correction or a change of server, and no further. */
const CLOCK_STEP_MS = 60_000;

const HASH_BYTES = 32;
const NUMBER_BYTES = 8;
const UNITS_PER_HALF = 2 ** 32;

/** Why the row does not continue the chain, or null when it does. */
export function findBreak(previous: ChainEnd, row: ChainRow): ChainBreak | null {
  const broken = (why: BreakReason, message: string): ChainBreak => ({ seq: row.seq, why, message });
  if (row.seq !== previous.seq + 1) {
    return broken(
      'gap',
      `Row ${previous.seq + 1} is missing: ${previous.seq === 0 ? 'the log begins with' : `${previous.seq} is followed by`} ${row.seq}.`,
    );
  }
  if (row.prevHash !== previous.hash)
    return broken(
      'prev',
      `Row ${row.seq} does not continue row ${previous.seq}: one of the two was replaced.`,
    );
  if (row.hash !== rowHash(row))
    return broken('hash', `Row ${row.seq} does not fit its hash: its time or its entry was changed.`);
  if (row.at < previous.at && Date.parse(previous.at) - Date.parse(row.at) > CLOCK_STEP_MS) {
    return broken(
      'order',
      `Row ${row.seq} is of ${row.at}, before row ${previous.seq} of ${previous.at}: the database's clock was set back, or rows were forged.`,
    );
  }
  return null;
}

// One buffer for every row: allocating per row would halve the speed of a verification.
let buffer = Buffer.alloc(16_384);

/** SHA-256(previous hash ‖ number as 8 bytes ‖ time ‖ entry), big-endian and UTF-8, as `audit_append` computes it; hex. */
function rowHash(row: Pick<ChainRow, 'seq' | 'at' | 'entry' | 'prevHash'>): string {
  const most = HASH_BYTES + NUMBER_BYTES + (row.at.length + row.entry.length) * 3;
  if (most > buffer.length) buffer = Buffer.alloc(most * 2);
  buffer.write(row.prevHash, 0, HASH_BYTES, 'hex');
  buffer.writeUInt32BE(Math.floor(row.seq / UNITS_PER_HALF), HASH_BYTES);
  buffer.writeUInt32BE(row.seq % UNITS_PER_HALF, HASH_BYTES + 4);
  let end = HASH_BYTES + NUMBER_BYTES;
  end += buffer.write(row.at, end);
  end += buffer.write(row.entry, end);
  return hash('sha256', buffer.subarray(0, end), 'hex');
}
