/**
 * How many requests observation allows itself of one service in one Region: so many at once, and so many more as time goes by.
 * `perPeriod` is by the estate's metrics period, 60 s on AWS: an estate that measures more often may be asked more often too.
 */
export type RequestBudget = { burst: number; source: string } & (
  | { perSecond: number }
  | { perPeriod: number }
);

/** Services whose limits nobody publishes: well below what they are known to take. */
const UNPUBLISHED: RequestBudget = {
  burst: 20,
  perPeriod: 60,
  source: 'token buckets, unpublished or per action (aws-facts part 5, EKS/ELB/EC2)',
};

/** By service, as calls are recorded. What is not here is no API that throttles a whole account: name servers, databases. */
export const REQUEST_BUDGETS: Readonly<Record<string, RequestBudget>> = {
  route53: {
    burst: 20,
    perSecond: 2,
    source: 'account 50 at once and 10/s, shared by every tool in it: design for 2/s (aws-facts part 5)',
  },
  cloudwatch: {
    burst: 40,
    perSecond: 4,
    source: 'GetMetricData 50/s, DescribeAlarms 9/s a Region: half of the smaller (aws-facts part 5)',
  },
  rds: {
    burst: 4,
    perPeriod: 4,
    source: 'no public numbers: DescribeDBInstances each 15 to 30 s (aws-facts part 5)',
  },
  ce: {
    burst: 20,
    perSecond: 20 / (6 * 3_600),
    source: '$0.01 a request and page, asked each six hours (aws-facts part 5)',
  },
  s3: { burst: 100, perSecond: 20, source: '5,500 reads a second and prefix (S3 User Guide)' },
  kubernetes: {
    burst: 50,
    perSecond: 10,
    source: 'the cluster’s own API server, shared with its controllers',
  },
  ec2: UNPUBLISHED,
  ecr: UNPUBLISHED,
  eks: UNPUBLISHED,
  elasticache: UNPUBLISHED,
  kafka: UNPUBLISHED,
  secretsmanager: UNPUBLISHED,
  sts: UNPUBLISHED,
};

/** A token bucket as data: what may still be asked, and when that was reckoned. Below nothing when a list had many pages. */
export interface Bucket {
  tokens: number;
  atMs: number;
}

export function fullBucket(budget: RequestBudget, nowMs: number): Bucket {
  return { tokens: budget.burst, atMs: nowMs };
}

function perMs(budget: RequestBudget, periodSeconds: number): number {
  return 'perSecond' in budget ? budget.perSecond / 1_000 : budget.perPeriod / (periodSeconds * 1_000);
}

/** The bucket as it is now. A clock that was set back takes nothing away. */
export function refilled(
  budget: RequestBudget,
  { bucket, periodSeconds, nowMs }: { bucket: Bucket; periodSeconds: number; nowMs: number },
): Bucket {
  const gained = Math.max(0, nowMs - bucket.atMs) * perMs(budget, periodSeconds);
  return { tokens: Math.min(budget.burst, bucket.tokens + gained), atMs: nowMs };
}

/** Real seconds until one more request may be made; 0 where it may now. */
export function waitSeconds(budget: RequestBudget, bucket: Bucket, periodSeconds: number): number {
  return bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / perMs(budget, periodSeconds) / 1_000;
}
