export interface Tag {
  Key: string;
  Value: string;
}

/** What `Describe*` lists: it has an id, belongs to a Region, and may be tagged. */
export interface Described {
  id: string;
  region: string;
  tags: Tag[];
}

export interface VpcRecord extends Described {
  cidr: string;
}

export type Tier = 'public' | 'app' | 'database';

export interface SubnetRecord extends Described {
  vpcId: string;
  cidr: string;
  zone: string;
  tier: Tier;
}

export interface PeeringSide {
  region: string;
  vpcId: string;
  cidr: string;
  account: string;
}

export type PeeringStatus =
  | 'initiating-request'
  | 'pending-acceptance'
  | 'failed'
  | 'expired'
  | 'provisioning'
  | 'active'
  | 'deleting'
  | 'deleted';

export interface PeeringRecord {
  id: string;
  requester: PeeringSide;
  accepter: PeeringSide;
  status: PeeringStatus;
  message: string;
  /** When the state it is in ends by itself, ms since the epoch. */
  dueAtMs: number | undefined;
  tags: Tag[];
}

export type RouteTarget = { kind: 'local' | 'gateway' | 'nat' | 'peering'; id: string };

export interface RouteRecord {
  cidr: string;
  target: RouteTarget;
  origin: 'CreateRouteTable' | 'CreateRoute';
}

export interface RouteTableRecord extends Described {
  vpcId: string;
  main: boolean;
  subnetIds: string[];
  routes: RouteRecord[];
}

export type RuleSource =
  | { kind: 'cidr'; value: string }
  | { kind: 'group'; value: string }
  | { kind: 'prefix-list'; value: string };

export interface RuleRecord {
  id: string;
  egress: boolean;
  /** `tcp`, `udp`, `icmp` or `-1` for all. */
  protocol: string;
  /** -1 with protocol `-1`. */
  fromPort: number;
  toPort: number;
  source: RuleSource;
  description: string;
}

export interface SecurityGroupRecord extends Described {
  vpcId: string;
  name: string;
  description: string;
  rules: RuleRecord[];
}
