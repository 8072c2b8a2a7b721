/** What the lab tells the shoppers' process, and what it asks back. */

export interface LoadGeography {
  key: string;
  share: number;
}

export interface LoadConfig {
  seed: number;
  /** Requests a second in all. */
  requestsPerSecond: number;
  geographies: LoadGeography[];
  dns: { host: string; port: number };
  originName: string;
  shopPort: number;
  /** Region of each shop's address: for requests that nobody answered. */
  regionOfAddress: Record<string, string>;
  /** Shops without shoppers (staging), visited by a probe only. */
  probes: { address: string }[];
  productCount: number;
  ledger: { port: number; file: string };
}

/** Where orders are now, as the lab reads it. */
export interface WriterPlace {
  region: string;
  /** Stays the same while the instance lives; its rename changes nothing. */
  instance: string;
  adminUrl: string;
}

export type ToShoppers =
  | { kind: 'start'; config: LoadConfig }
  | { kind: 'rate'; requestsPerSecond: number }
  | { kind: 'reset'; id: number }
  | { kind: 'writer'; id: number; writer: WriterPlace | null };

export type FromShoppers =
  | { kind: 'ready'; ledgerPort: number }
  | { kind: 'failed'; message: string }
  | { kind: 'reset-done'; id: number }
  | { kind: 'which-writer'; id: number }
  | { kind: 'log'; message: string; fields: Record<string, unknown> };
