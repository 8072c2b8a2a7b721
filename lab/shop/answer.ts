import type http from 'node:http';
import { ShopFault } from './faults.ts';
import type { ServingPod } from './types.ts';

export interface Answer {
  status: number;
  body: string;
  contentType?: string;
  retryAfterSeconds?: number;
}

/** The answer of `work`, or the one its ShopFault stands for; other errors are the caller's. */
export async function answerOrFault(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ShopFault)) throw error;
    return faultAnswer(error);
  }
}

export function faultAnswer({ status, message, retryAfterSeconds }: ShopFault): Answer {
  return { status, body: JSON.stringify({ error: message }), retryAfterSeconds };
}

/** Every answer names the Region, and the pod with its version where one answered. */
export function writeAnswer(
  response: http.ServerResponse,
  answer: Answer,
  by: { region: string; pod: ServingPod | undefined },
): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.contentType ?? 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-shop-region': by.region,
    ...(by.pod ? { 'x-shop-version': by.pod.version, 'x-shop-pod': by.pod.name } : {}),
    ...(answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) }),
  });
  response.end(body);
}
