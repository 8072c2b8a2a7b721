import { provideReflectMetadata } from './reflect-metadata.ts';

/** PEM of a server's certificate and of its private key. */
export interface ServerCertificate {
  certificate: string;
  key: string;
}

/** The lab's own authority, and what it has signed. */
export interface Certificates {
  ca: string;
  /** Of the API servers, which share it. */
  apiServer: ServerCertificate;
  /** Of every database server. */
  database: ServerCertificate;
}

const YEARS = 10;
const YEAR_MS = 365 * 24 * 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A new authority and its certificates. The authority's key is not kept: nothing else will be signed by it. */
export async function makeCertificates(nowMs: number): Promise<Certificates> {
  provideReflectMetadata();
  const x509 = await import('@peculiar/x509');
  const { subtle } = globalThis.crypto;
  const caKeys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = { notBefore: new Date(nowMs - 3_600_000), notAfter: new Date(nowMs + YEARS * YEAR_MS) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=Meridian lab',
    signingAlgorithm: ALGORITHM,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });

  async function issue(commonName: string, names: string[]): Promise<ServerCertificate> {
    const keys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const server = await x509.X509CertificateGenerator.create({
      ...validity,
      subject: `CN=${commonName}`,
      issuer: ca.subject,
      signingAlgorithm: ALGORITHM,
      signingKey: caKeys.privateKey,
      publicKey: keys.publicKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: 'ip', value: '127.0.0.1' },
          ...names.map((value) => ({ type: 'dns' as const, value })),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
      ],
    });
    return { certificate: `${server.toString('pem')}\n`, key: await keyPem(keys.privateKey) };
  }

  async function keyPem(key: CryptoKey): Promise<string> {
    const text = Buffer.from(await subtle.exportKey('pkcs8', key)).toString('base64');
    return `-----BEGIN PRIVATE KEY-----\n${text.replace(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
  }

  return {
    ca: `${ca.toString('pem')}\n`,
    apiServer: await issue('kube-apiserver', ['localhost', 'kubernetes.default.svc']),
    database: await issue('rds', ['localhost']),
  };
}
