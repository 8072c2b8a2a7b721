/** What is stored of a notification, with where it goes. */
export interface Delivery {
  id: string;
  topic: string;
  payload: unknown;
  createdAt: Date;
  /** What the receiver understands. */
  kind: string;
  webhookId: string;
  url: string;
  /** What signs the body (signed), the whole URL (slack), or the routing key (pagerduty). */
  secret: string;
}

/** One request as it is sent. */
export interface Message {
  url: string;
  body: string;
  headers: Readonly<Record<string, string>>;
}

export interface MessageOptions {
  now: Date;
  /** Address of the console in people's browsers; null where none is set, and no link is sent. */
  consoleUrl: string | null;
}

/** The operation that a notification is about, and its page. */
export function operationOf(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null || !('operation' in payload)) return null;
  return typeof payload.operation === 'string' ? payload.operation : null;
}

/** Where people look at it: the request in the inbox while it waits, else the run. */
export function pageOf({ topic, payload }: Delivery, { consoleUrl }: MessageOptions): string | null {
  const operation = operationOf(payload);
  if (consoleUrl === null || operation === null) return null;
  const path =
    topic === 'approval.requested'
      ? `/approvals?operation=${encodeURIComponent(operation)}`
      : `/operations/${encodeURIComponent(operation)}`;
  return new URL(path, consoleUrl).href;
}
