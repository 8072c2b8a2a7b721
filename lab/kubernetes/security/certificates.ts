import { X509Certificate } from 'node:crypto';
import type { Collection } from '#lab/kernel/state.ts';
import { provideReflectMetadata } from './reflect-metadata.ts';

/** PEM of the lab's own authority and of the certificate its API servers share. */
export interface Certificates {
  ca: string;
  certificate: string;
  key: string;
}

const CA_YEARS = 10;
const YEAR_MS = 365 * 24 * 3_600_000;
const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** The certificates kept in `kept`, made anew when there are none or they end within a month. */
export async function ensureCertificates(
  kept: Collection<Certificates>,
  nowMs: number,
): Promise<Certificates> {
  const known = kept.get('kubernetes');
  if (known && Date.parse(new X509Certificate(known.certificate).validTo) > nowMs + RENEW_BEFORE_MS)
    return known;
  const made = await makeCertificates(nowMs);
  kept.put('kubernetes', made);
  return made;
}

/** The library is loaded only here: a lab that has its certificates never pays for it. */
async function makeCertificates(nowMs: number): Promise<Certificates> {
  provideReflectMetadata();
  const x509 = await import('@peculiar/x509');
  const { subtle } = globalThis.crypto;
  const caKeys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const serverKeys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notBefore = new Date(nowMs - 3_600_000);
  const notAfter = new Date(nowMs + CA_YEARS * YEAR_MS);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Meridian lab',
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const server = await x509.X509CertificateGenerator.create({
    subject: 'CN=kube-apiserver',
    issuer: ca.subject,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    signingKey: caKeys.privateKey,
    publicKey: serverKeys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
        { type: 'dns', value: 'kubernetes.default.svc' },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const key = Buffer.from(await subtle.exportKey('pkcs8', serverKeys.privateKey)).toString('base64');
  return {
    ca: `${ca.toString('pem')}\n`,
    certificate: `${server.toString('pem')}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${key.replace(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`,
  };
}
