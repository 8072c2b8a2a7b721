import type { IncomingMessage } from 'node:http';

/** Read and thrown away, so that the sender of a body that is too large still gets an answer; beyond this it is cut off. */
const DRAINED_BYTES = 32 * 1024 * 1024;

/** The whole body, or undefined when it is larger than `limitBytes`. */
export async function readBody(message: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size > DRAINED_BYTES) return undefined;
    if (size <= limitBytes) chunks.push(chunk);
  }
  return size > limitBytes ? undefined : Buffer.concat(chunks);
}
