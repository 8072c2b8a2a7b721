export interface Address {
  host: string;
  port: number;
}

/**
 * `network`: the application's own traffic, which needs a peering with routes both ways.
 * `service`: RDS's managed replication channel, which does not use the customer's network (aws-facts B-13).
 * `internet`: what is reached by public names, as load balancers are by canaries.
 */
export type Channel = 'network' | 'service' | 'internet';

/** A Region's entrance to one server: what a security group opens and closes. */
export interface Door extends Address {
  /** Closed: new connections hang, as packets dropped by a security group do; established ones live on. */
  setOpen(open: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface Links {
  /**
   * A loopback address in `from` that leads to `target` in `to` over the link's latency and faults. Asking again for
   * the same path gives the same address. Without a network path it resets every connection.
   */
  proxy(from: string, to: string, target: Address, options?: { channel?: Channel }): Promise<Address>;
  /** An entrance in front of `target`, on `port` if given and free. */
  door(region: string, target: Address, options?: { port?: number; open?: boolean }): Promise<Door>;
  /** Closes every proxy towards `target`. */
  forget(target: Address): Promise<void>;
  close(): Promise<void>;
}

/** The part of the network (lab/ec2) that links depend on. */
export interface PathOracle {
  reachable(from: string, to: string): boolean;
  onChange(listener: () => void): void;
}

/** What a connection meets at this moment. */
export interface Conditions {
  /** Half of the round trip, ms. */
  oneWayMs: number;
  /** From the client to the server: `held` keeps what is sent until the path heals, as retransmission does. */
  outward: 'flowing' | 'held';
  inward: 'flowing' | 'held';
  /** New connections: let in, kept waiting without an answer, or reset (which also resets the established ones). */
  admit: 'open' | 'hold' | 'reset';
}

export type Command =
  | { kind: 'listen'; id: number; port: number; target: Address; conditions: Conditions }
  | { kind: 'conditions'; id: number; conditions: Conditions }
  | { kind: 'stop'; id: number };

export type Answer =
  | { kind: 'listening'; id: number; port: number }
  | { kind: 'refused'; id: number; code: string; message: string }
  | { kind: 'applied'; id: number }
  | { kind: 'stopped'; id: number };
