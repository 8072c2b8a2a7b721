import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ServerCertificate } from '#lab/certificates/index.ts';
import type { PostgresBinaries } from '#launch/postgres/binaries.ts';
import { writeServerFile } from './files.ts';

const run = promisify(execFile);

export interface TlsFiles {
  certificateFile: string;
  keyFile: string;
}

/**
 * The files by which every server offers TLS, as RDS does, signed by the lab's authority; undefined when the binaries were
 * built without OpenSSL, as `ssl = on` would keep them from starting.
 */
export async function openTls(options: {
  root: string;
  binaries: PostgresBinaries;
  /** A stopped server, asked for what it was built with. */
  template: string;
  certificate: ServerCertificate;
}): Promise<TlsFiles | undefined> {
  const { root, binaries, template, certificate } = options;
  const { stdout: library } = await run(
    path.join(binaries.binDir, 'postgres'),
    ['-D', template, '-C', 'ssl_library'],
    { ...binaries.identity, env: binaries.env, cwd: root },
  );
  if (library.trim() === '') return undefined;
  const folder = path.join(root, 'tls');
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const files = {
    certificateFile: path.join(folder, 'server.crt'),
    keyFile: path.join(folder, 'server.key'),
  };
  writeServerFile(files.certificateFile, certificate.certificate, binaries.identity);
  writeServerFile(files.keyFile, certificate.key, binaries.identity);
  return files;
}
