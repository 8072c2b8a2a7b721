/** The strategy document's procedures that recovery replaces, as written: what the lint is tried on first. */
export type Procedure = 'failover' | 'add-region' | 'remove-region';

export interface RunbookCommand {
  /** First and last line in the strategy document. */
  lines: readonly [number, number];
  text: string;
}

export interface RunbookStep {
  key: string;
  procedure: Procedure;
  /** As written: "Promote EU-WEST-1". */
  title: string;
  /** Line of the heading. */
  line: number;
  /** "< 5 minutes", "Week 2". */
  budget: string;
  commands: readonly RunbookCommand[];
}

export interface RunbookProcedure {
  procedure: Procedure;
  title: string;
  line: number;
  /** What it is for; of the failover: what is lost. */
  scenario: string;
  /** Region that is lost, added or removed. */
  region: string;
}

export const PROCEDURES: readonly RunbookProcedure[] = [
  {
    procedure: 'failover',
    title: 'Regional Failover',
    line: 397,
    scenario: 'US-EAST-1 region becomes unavailable',
    region: 'us-east-1',
  },
  {
    procedure: 'add-region',
    title: 'Adding a New Region',
    line: 650,
    scenario: 'Business justification (traffic > 15% from region)',
    region: 'ap-northeast-1',
  },
  {
    procedure: 'remove-region',
    title: 'Removing a Region',
    line: 710,
    scenario: 'Traffic < 5% from region',
    region: 'ap-northeast-1',
  },
];

/** Procedures that the document needs and does not have (aws-facts R-04). */
export const MISSING_PROCEDURES = [
  'a planned switchover without loss',
  'the failback to the former primary',
  'the loss of EU-WEST-1',
  'the loss of AP-SE-1',
  'a Region that fails in part',
  'cache, queue and storage after a failover',
] as const;

/** Every command as it stands in the document; only the indentation of the list around it is gone. */
export const RUNBOOK: readonly RunbookStep[] = [
  {
    key: 'failover-detect',
    procedure: 'failover',
    title: 'Detect Failure',
    line: 403,
    budget: '< 1 minute',
    commands: [
      { lines: [406, 407], text: '# Automated health checks detect failure\n# PagerDuty alert triggered' },
    ],
  },
  {
    key: 'failover-promote',
    procedure: 'failover',
    title: 'Promote EU-WEST-1',
    line: 410,
    budget: '< 5 minutes',
    commands: [
      {
        lines: [413, 415],
        text: '# Promote read replica to primary\naws rds promote-read-replica \\\n  --db-instance-identifier ecommerce-db-eu-west-1',
      },
      {
        lines: [417, 420],
        text: '# Update Route 53 to point to EU-WEST-1\naws route53 change-resource-record-sets \\\n  --hosted-zone-id Z1234567890ABC \\\n  --change-batch file://failover-to-eu.json',
      },
    ],
  },
  {
    key: 'failover-reconfigure',
    procedure: 'failover',
    title: 'Reconfigure Replication',
    line: 423,
    budget: '< 10 minutes',
    commands: [
      {
        lines: [426, 429],
        text: '# Configure AP-SE-1 to replicate from EU-WEST-1\naws rds modify-db-instance \\\n  --db-instance-identifier ecommerce-db-ap-southeast-1 \\\n  --source-db-instance-identifier ecommerce-db-eu-west-1',
      },
    ],
  },
  {
    key: 'failover-verify',
    procedure: 'failover',
    title: 'Verify',
    line: 432,
    budget: '< 15 minutes',
    commands: [
      { lines: [435, 436], text: '# Verify all services operational\n./scripts/verify-failover.sh' },
      { lines: [438, 439], text: '# Check replication lag\n./scripts/check-replication-lag.sh' },
    ],
  },
  {
    key: 'add-infrastructure',
    procedure: 'add-region',
    title: 'Infrastructure Setup',
    line: 660,
    budget: 'Week 1',
    commands: [
      {
        lines: [663, 664],
        text: '# Deploy CDK stack to new region\ncdk deploy --region ap-northeast-1 --all',
      },
    ],
  },
  {
    key: 'add-replication',
    procedure: 'add-region',
    title: 'Data Replication',
    line: 667,
    budget: 'Week 2',
    commands: [
      {
        lines: [670, 673],
        text: '# Configure database replication\naws rds create-db-instance-read-replica \\\n  --db-instance-identifier ecommerce-db-ap-northeast-1 \\\n  --source-db-instance-identifier ecommerce-db-us-east-1',
      },
      {
        lines: [675, 678],
        text: '# Configure S3 replication\naws s3api put-bucket-replication \\\n  --bucket ecommerce-assets-us-east-1 \\\n  --replication-configuration file://replication-ap-northeast-1.json',
      },
    ],
  },
  {
    key: 'add-application',
    procedure: 'add-region',
    title: 'Application Deployment',
    line: 681,
    budget: 'Week 3',
    commands: [
      {
        lines: [684, 685],
        text: '# Deploy application to new region\n./scripts/deploy-region.sh ap-northeast-1 v2.0.0',
      },
    ],
  },
  {
    key: 'add-testing',
    procedure: 'add-region',
    title: 'Testing',
    line: 688,
    budget: 'Week 4',
    commands: [
      { lines: [691, 692], text: '# Run integration tests\n./scripts/test-region.sh ap-northeast-1' },
      { lines: [694, 695], text: '# Run load tests\n./scripts/load-test-region.sh ap-northeast-1' },
    ],
  },
  {
    key: 'add-traffic',
    procedure: 'add-region',
    title: 'Traffic Migration',
    line: 698,
    budget: 'Week 5',
    commands: [
      {
        lines: [701, 704],
        text: '# Update Route 53 to include new region\naws route53 change-resource-record-sets \\\n  --hosted-zone-id Z1234567890ABC \\\n  --change-batch file://add-ap-northeast-1.json',
      },
      {
        lines: [706, 707],
        text: '# Gradually increase traffic (10% per day)\n./scripts/gradual-traffic-shift.sh ap-northeast-1',
      },
    ],
  },
  {
    key: 'remove-traffic',
    procedure: 'remove-region',
    title: 'Traffic Migration',
    line: 720,
    budget: 'Week 1',
    commands: [
      {
        lines: [723, 726],
        text: '# Redirect traffic to other regions\naws route53 change-resource-record-sets \\\n  --hosted-zone-id Z1234567890ABC \\\n  --change-batch file://remove-ap-northeast-1.json',
      },
    ],
  },
  {
    key: 'remove-data',
    procedure: 'remove-region',
    title: 'Data Migration',
    line: 729,
    budget: 'Week 2',
    commands: [
      {
        lines: [732, 734],
        text: '# Stop replication\naws rds delete-db-instance-read-replica \\\n  --db-instance-identifier ecommerce-db-ap-northeast-1',
      },
      {
        lines: [736, 737],
        text: '# Archive data if needed\n./scripts/archive-regional-data.sh ap-northeast-1',
      },
    ],
  },
  {
    key: 'remove-infrastructure',
    procedure: 'remove-region',
    title: 'Infrastructure Teardown',
    line: 740,
    budget: 'Week 3',
    commands: [{ lines: [743, 744], text: '# Destroy CDK stack\ncdk destroy --region ap-northeast-1 --all' }],
  },
];
