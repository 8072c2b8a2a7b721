/** What `lab.json` says: where everything of a running lab is, and the keys to it. Written last, 0600. */
export interface LabDescription {
  pid: number;
  startedAt: string;
  /** Of arrivals and draws: the same seed repeats them. */
  seed: number;
  adminUrl: string;
  /** Bearer of the admin API. */
  token: string;
  /** Serves every Region by the signature's scope. */
  gatewayUrl: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  account: string;
  dns: { host: string; port: number; zoneId: string; zoneName: string; originName: string };
  /** One file with a context per Region. */
  kubeconfig: string;
  /** PEM of the authority that signed the Kubernetes APIs' and the databases' certificates. */
  caFile: string;
  /** What the shoppers measured and were promised. */
  ledgerUrl: string;
  regions: Record<string, RegionDescription>;
}

export interface RegionDescription {
  gatewayUrl: string;
  shopUrl: string;
  healthUrl: string;
  shopAddress: string;
  shopPort: number;
  kubernetesUrl: string;
  kubeconfig: string;
  /** As the shop's role reaches the Region's first database from inside the Region. */
  postgresUrl: string;
  databaseInstance: string;
  /**
   * The Region's switch bucket over plain HTTP without signatures: `<switchUrl>/serve/<other Region>` is there while that Region
   * is switched off.
   */
  switchUrl: string;
}
