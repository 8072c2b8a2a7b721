import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { keyId, type SigningKey } from '../audit/heads.ts';
import type { RecoveryReport } from './report.ts';

/** Binds a report to the audit log: who has both can tell whether either was changed since. */
export interface ReportSeal {
  /** SHA-256 of the report as canonical JSON, hex. */
  sha256: string;
  /** The newest row of the log when it was written. */
  head: { seq: string; hash: string };
  signedAt: string;
  /** Which key: as signed heads name it. */
  key: string;
  /** Ed25519 over "meridian recovery report" and the other fields as canonical JSON; base64. */
  signature: string;
}

/** The text that is hashed, stored and sent. */
export function canonicalReport(report: RecoveryReport): string {
  const text = canonicalize(report);
  if (text === undefined) throw new Error('A report is an object.');
  return text;
}

export function sealReport(
  text: string,
  options: { head: { seq: string; hash: string }; key: SigningKey; now: Date },
): ReportSeal {
  const body = {
    sha256: createHash('sha256').update(text).digest('hex'),
    head: options.head,
    signedAt: options.now.toISOString(),
    key: options.key.id,
  };
  return { ...body, signature: sign(null, signedText(body), options.key.privateKey).toString('base64') };
}

/** Whether the seal is of this text and by this key. */
export function isSealed(text: string, seal: ReportSeal, publicKey: KeyObject): boolean {
  const { signature, ...body } = seal;
  return (
    seal.sha256 === createHash('sha256').update(text).digest('hex') &&
    seal.key === keyId(publicKey) &&
    verify(null, signedText(body), publicKey, Buffer.from(signature, 'base64'))
  );
}

function signedText(body: Omit<ReportSeal, 'signature'>): Buffer {
  return Buffer.from(`meridian recovery report\n${canonicalize(body)}`);
}
