import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { appendFile, chmod, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { Database } from '../../data/database.ts';
import { readAuditHead } from './read.ts';

/** Number, time and hash of a row, signed outside the database: proof that the log had this row then. */
export const SignedHead = z.object({
  seq: z.int().positive(),
  at: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  signedAt: z.string(),
  /** Which key: the first 16 hex digits of SHA-256 of its public half (SPKI). */
  key: z.string(),
  /** Ed25519 over "meridian audit head" and the other fields as canonical JSON; base64. */
  signature: z.string(),
});
export type SignedHead = z.infer<typeof SignedHead>;

export interface SigningKey {
  privateKey: KeyObject;
  publicKey: KeyObject;
  id: string;
}

/** In the data folder. */
export const SIGNING_KEY_FILE = path.join('keys', 'audit-ed25519.pem');
const HEADS_FOLDER = 'audit-heads';

/**
 * The Ed25519 key that signs heads: of `MERIDIAN_SIGNING_KEY` (PEM, or PKCS#8 in base64), else kept in
 * `<dataDir>/keys`, 0600, made when missing. Throws a sentence for a key of another kind.
 */
export async function loadSigningKey(options: { dataDir: string; signingKey?: string }): Promise<SigningKey> {
  if (options.signingKey) return signingKeyOf(options.signingKey, 'MERIDIAN_SIGNING_KEY');
  const file = path.join(options.dataDir, SIGNING_KEY_FILE);
  const kept = await readFile(file, 'utf8').catch(ifMissing(null));
  if (kept !== null) return signingKeyOf(kept, file);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await chmod(draft, 0o600);
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // another process made the key at the same moment: that one counts
  });
  await rm(draft);
  return signingKeyOf(await readFile(file, 'utf8'), file);
}

function signingKeyOf(text: string, where: string): SigningKey {
  const pem = text.includes('-----BEGIN')
    ? text.replaceAll('\\n', '\n')
    : `-----BEGIN PRIVATE KEY-----\n${text.trim()}\n-----END PRIVATE KEY-----\n`;
  const privateKey = readKey(() => createPrivateKey(pem), where);
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new Error(`The key of ${where} is ${privateKey.asymmetricKeyType}; it must be Ed25519.`);
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, id: keyId(publicKey) };
}

/** A public key in PEM, to verify heads without the private one. */
export function readPublicKey(pem: string): KeyObject {
  return readKey(() => createPublicKey(pem), 'the public key');
}

function readKey(read: () => KeyObject, where: string): KeyObject {
  try {
    return read();
  } catch (error) {
    throw new Error(`The key of ${where} cannot be read: make one with openssl genpkey -algorithm ed25519.`, {
      cause: error,
    });
  }
}

export function keyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

function signHead(head: { seq: string; at: string; hash: string }, key: SigningKey, now: Date): SignedHead {
  const body = {
    seq: Number(head.seq),
    at: head.at,
    hash: head.hash,
    signedAt: now.toISOString(),
    key: key.id,
  };
  return { ...body, signature: sign(null, signedText(body), key.privateKey).toString('base64') };
}

/** Whether the signature is by this key and over these fields. */
export function isSignedBy(head: SignedHead, publicKey: KeyObject): boolean {
  const { signature, ...body } = head;
  return (
    head.key === keyId(publicKey) &&
    verify(null, signedText(body), publicKey, Buffer.from(signature, 'base64'))
  );
}

function signedText(body: Omit<SignedHead, 'signature'>): Buffer {
  return Buffer.from(`meridian audit head\n${canonicalize(body)}`);
}

/** Why the row that the log has now is not the one that was signed, or null when it is. */
export function judgeHead(head: SignedHead, row: { seq: number; hash: string; at: string }): string | null {
  if (row.seq !== head.seq)
    return `Row ${head.seq} was signed at ${head.signedAt}, and the log does not have it.`;
  if (row.hash !== head.hash || row.at !== head.at)
    return `Row ${head.seq} is not the row that was signed at ${head.signedAt}: the log was rewritten, up to there or before.`;
  return null;
}

/** Signs the newest row, when it is not the one signed last, into `<dataDir>/audit-heads/<year-month>.jsonl`. */
export async function recordHead(
  database: Database,
  options: { dataDir: string; key: SigningKey; now: Date },
): Promise<SignedHead | null> {
  const newest = await readAuditHead(database);
  if (!newest) return null;
  const last = await latestHead(options.dataDir);
  if (last && last.seq >= Number(newest.seq) && last.hash === newest.hash) return null;
  const head = signHead(newest, options.key, options.now);
  const folder = path.join(options.dataDir, HEADS_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await appendFile(path.join(folder, `${head.signedAt.slice(0, 7)}.jsonl`), `${JSON.stringify(head)}\n`, {
    mode: 0o600,
  });
  return head;
}

/** The head signed last, or null when none was. */
export async function latestHead(dataDir: string): Promise<SignedHead | null> {
  const file = (await headFiles(dataDir)).at(-1);
  if (!file) return null;
  const { heads } = parseHeads(await readFile(file, 'utf8'), file);
  return heads.at(-1) ?? null;
}

export interface KeptHeads {
  /** By number of the row. */
  heads: SignedHead[];
  /** Lines that are no head or were not signed by the key, each as a sentence. */
  problems: string[];
}

/** Every head that was kept and is signed by this key. */
export async function readHeads(dataDir: string, publicKey: KeyObject): Promise<KeptHeads> {
  const kept: KeptHeads = { heads: [], problems: [] };
  for (const file of await headFiles(dataDir)) {
    const { heads, problems } = parseHeads(await readFile(file, 'utf8'), file);
    kept.problems.push(...problems);
    for (const head of heads) {
      if (isSignedBy(head, publicKey)) kept.heads.push(head);
      else
        kept.problems.push(`${file}: the head of row ${head.seq} is not signed by key ${keyId(publicKey)}.`);
    }
  }
  kept.heads.sort((a, b) => a.seq - b.seq);
  return kept;
}

async function headFiles(dataDir: string): Promise<string[]> {
  const folder = path.join(dataDir, HEADS_FOLDER);
  const names = await readdir(folder).catch(ifMissing<string[]>([]));
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => path.join(folder, name));
}

function parseHeads(text: string, file: string): KeptHeads {
  const kept: KeptHeads = { heads: [], problems: [] };
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const parsed = SignedHead.safeParse(parseLine(line));
    if (parsed.success) kept.heads.push(parsed.data);
    else kept.problems.push(`${file}, line ${index + 1}: it is no signed head.`);
  }
  return kept;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // reported as a line that is no head
  }
}

function ifMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
