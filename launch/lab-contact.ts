import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readKept } from './keep.ts';

/** The part of lab.json that leads a worker to the lab. */
const LabContact = z.object({
  pid: z.number(),
  gatewayUrl: z.url(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  caFile: z.string().optional(),
  dns: z.object({ host: z.string(), port: z.number() }),
  ledgerUrl: z.url(),
  regions: z.record(z.string(), z.unknown()),
});
export type LabContact = z.infer<typeof LabContact>;

export function labFile(dataDir: string): string {
  return path.join(dataDir, 'lab.json');
}

/** Waits until the lab that runs now has written lab.json, its last act of starting. The caller removed an older one. */
export async function waitForLab(dataDir: string, signal: AbortSignal): Promise<LabContact> {
  for (;;) {
    const contact = LabContact.safeParse(readKept(labFile(dataDir)));
    if (contact.success) return contact.data;
    await delay(50, undefined, { signal });
  }
}
