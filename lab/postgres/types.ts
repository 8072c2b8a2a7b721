/** One PostgreSQL server of the lab, as other parts see it. */
export interface DatabaseInstance {
  /** Stays the same when the instance is renamed; as RDS's DbiResourceId. */
  resourceId: string;
  id: string;
  region: string;
  /** Environment that it belongs to: others see it only where an endpoint names it. */
  environment: string;
  role: 'primary' | 'replica';
  /** The instance a replica was made from; its id may since belong to another instance. */
  source?: { resourceId: string; id: string; region: string };
  /** Where clients in its own Region connect; a rename changes it, a restart does not. */
  endpoint: { host: string; port: number };
  /** `down`: killed by an outage; `hung`: stopped in its tracks by one; `stopped`: on request; `seeding`: being copied. */
  state: 'seeding' | 'running' | 'stopped' | 'down' | 'hung';
  /** Whether its security groups let clients in. */
  open: boolean;
  createdAt: number;
}

/** A shop that looks for its database. */
export interface ShopPlace {
  region: string;
  /** The owner of its databases (`databaseOwner`). */
  environment: string;
  /** What its settings name, if they do. */
  endpoint?: string;
}

/** `shop`: what the shop's pods use. `master`: the owner of the schema, member of rds_superuser. */
export type DatabaseRole = 'shop' | 'master';

/** What a client signs in with. */
export interface DatabaseLogin {
  user: string;
  password: string;
  database: string;
}

export interface Databases {
  list(): DatabaseInstance[];
  /** By instance id or resource id. When two Regions share an id, name the Region. */
  find(instanceId: string, region?: string): DatabaseInstance | undefined;
  /** The shop's URL of the writable server there, if there is one (`writerIn`). */
  writerUrl(of: ShopPlace): string | undefined;
  /** The shop's URL of that instance as reached from `fromRegion`: through the link, its faults and the network. */
  urlFrom(fromRegion: string, instanceId: string): Promise<string>;
  /** As a client in the instance's own Region reaches it: security groups apply. */
  endpointUrl(instanceId: string, role?: DatabaseRole): string;
  /** The master user of every instance: replicas have their source's roles. */
  masterLogin(): DatabaseLogin;
  /** The lab's own way in, past security groups and links: for counting what really is in the database. */
  adminUrl(instanceId: string): string;
  /** After any promotion, creation, deletion, rename, stop, start or outage. */
  onTopologyChange(listener: () => void): void;
}

/** What RDS makes the servers do. Instances are named by resource id. */
export interface DatabaseControl extends Databases {
  /** Ends recovery. Resolves when the server takes writes. Nothing to do for a primary. */
  promote(resourceId: string): Promise<void>;
  /** Carries on with the copies that an earlier run of the lab had begun. */
  resumeSeeding(): void;
  /** Resolves when that replica streams, at once if it is past its copy; rejects when it is deleted before. */
  seeded(resourceId: string): Promise<void>;
  /** A new server that will replicate `sourceResourceId`, at first only seeding. Broken copies are taken again. */
  createReplica(request: { id: string; region: string; sourceResourceId: string }): Promise<{
    resourceId: string;
    seeded: Promise<void>;
  }>;
  delete(resourceId: string): Promise<void>;
  /** Gives it another id, hence another endpoint, and restarts it. */
  rename(resourceId: string, id: string): Promise<void>;
  restart(resourceId: string): Promise<void>;
  stop(resourceId: string): Promise<void>;
  start(resourceId: string): Promise<void>;
  /** Opens or closes the entrance. Established connections stay until they end or the server restarts. */
  setOpen(resourceId: string, open: boolean): Promise<void>;
  /** Server settings beside the lab's own. Dynamic ones act at once; the others, returned by name, at the next restart. */
  setParameters(resourceId: string, parameters: Record<string, string>): Promise<string[]>;
  /** What `setParameters` last gave it. */
  parameters(resourceId: string): Record<string, string>;
  /** Runs a statement as the lab's superuser. Throws when the server does not answer within `timeoutMs` (2 s). */
  query<Row extends object>(
    resourceId: string,
    sql: string,
    options?: { values?: unknown[]; timeoutMs?: number },
  ): Promise<Row[]>;
  /** Processes of the server, the postmaster first; empty when it is down. */
  processIds(resourceId: string): number[];
}
