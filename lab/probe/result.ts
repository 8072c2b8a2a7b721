import type { Unreached } from '#lab/shop/ask-shop.ts';

/** In every line that a probe prints. */
interface Common {
  /** Region that it ran in. */
  from: string;
  /** When it began, ISO 8601. */
  at: string;
  /** How long the attempt took, real milliseconds. */
  ms: number;
}

export type ConnectResult = Common & { task: 'connect'; host: string; port: number } & (
    | { result: 'open'; tls: boolean }
    | Unreached
  );

export type HttpResult = Common & {
  task: 'http';
  region: string;
  path: string;
  via: 'peering' | 'internet';
} & (
    | {
        result: 'answered';
        status: number;
        /** Region and version that the answer names; null when it names none. */
        answeredBy: string | null;
        version: string | null;
      }
    | Unreached
  );

export type PreviewResult = Common & { task: 'preview'; path: string } & (
    | {
        result: 'answered';
        status: number;
        /** Of the preview's pod that answered. */
        version: string | null;
      }
    | Unreached
  );

export type OrderResult = Common & { task: 'order'; orderId: string } & (
    | {
        result: 'answered';
        status: number;
        /** Whether this request placed the order, or an earlier one; null when it was not taken. */
        placed: 'now' | 'before' | null;
        /** Region of the database that it was written to; null when it was not taken. */
        writer: string | null;
        /** Whether that is another Region; null when it was not taken. */
        forwarded: boolean | null;
        /** The shop's words when it was not taken. */
        message: string | null;
      }
    | Unreached
  );

export type OrderExistsResult = Common & { task: 'order-exists'; orderId: string } & (
    | {
        result: 'answered';
        status: number;
        /** Null when the shop could not say. */
        exists: boolean | null;
        placedAt: string | null;
      }
    | Unreached
  );

export type ProbeResult = ConnectResult | HttpResult | PreviewResult | OrderResult | OrderExistsResult;

/** What is printed instead when the probe could not be carried out; it then ends with exit code 1. */
export interface ProbeError {
  from: string;
  at: string;
  error: string;
}
