export interface NameTarget {
  /** Loopback addresses that answer for this name. */
  addresses(): string[];
  /** What `EvaluateTargetHealth` sees: at least one healthy target behind the name. */
  healthy(): boolean;
  /** The port on which the lab listens for this one of the name: no one but root gets 80. Absent: the same. */
  port?(asked: number): number;
}

/** AWS-owned names (load balancers) that alias records point at. */
export interface NameRegistry {
  register(dnsName: string, target: NameTarget): void;
  find(dnsName: string): NameTarget | undefined;
}

export function createNameRegistry(): NameRegistry {
  const targets = new Map<string, NameTarget>();
  const normal = (name: string) => name.toLowerCase().replace(/\.$/, '');
  return {
    register: (dnsName, target) => void targets.set(normal(dnsName), target),
    find: (dnsName) => targets.get(normal(dnsName)),
  };
}
