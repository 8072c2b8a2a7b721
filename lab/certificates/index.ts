import { X509Certificate } from 'node:crypto';
import type { LabContext } from '#lab/kernel/context.ts';
import { type Certificates, makeCertificates } from './make.ts';

export type { Certificates, ServerCertificate } from './make.ts';

const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;
const KEY = 'lab';

/** The lab's certificates, the same after a restart; made anew when there are none or they end within a month. */
export async function labCertificates({ state, clock }: LabContext): Promise<Certificates> {
  const kept = state.collection<Certificates>('certificates');
  const known = kept.get(KEY);
  if (known && endMs(known) > clock.now() + RENEW_BEFORE_MS) return known;
  const made = await makeCertificates(clock.now());
  kept.put(KEY, made);
  return made;
}

const endMs = ({ database }: Certificates) => Date.parse(new X509Certificate(database.certificate).validTo);
