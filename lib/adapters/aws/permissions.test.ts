import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

// What docs/operations.md asks for is what the code calls: a call that is not there is refused on somebody's real account.
const ROOT = path.join(import.meta.dirname, '../../..');

/** Prefix of a package's actions in IAM. */
const SERVICES: Readonly<Record<string, string>> = {
  cloudwatch: 'cloudwatch',
  'cost-explorer': 'ce',
  ec2: 'ec2',
  ecr: 'ecr',
  eks: 'eks',
  elasticache: 'elasticache',
  kafka: 'kafka',
  rds: 'rds',
  'route-53': 'route53',
  s3: 's3',
  'secrets-manager': 'secretsmanager',
  sts: 'sts',
};
/** Calls whose permission has another name. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  's3:ListObjectsV2': 's3:ListBucket',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
};

function actionsCalled(): Set<string> {
  const actions = new Set<string>();
  const files = readdirSync(path.join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /(?<!\.test)\.ts$/.test(name))) {
    const source = readFileSync(path.join(ROOT, 'lib', file), 'utf8');
    for (const [, names = '', service = ''] of source.matchAll(
      /import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g,
    )) {
      for (const [, command] of names.matchAll(/\b(\w+)Command\b/g)) {
        const action = `${SERVICES[service]}:${command}`;
        actions.add(NAMED_OTHERWISE[action] ?? action);
      }
    }
  }
  return actions;
}

it('every call has its permission in the guide', () => {
  const called = actionsCalled();
  expect(called.size).toBeGreaterThan(35);
  const guide = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8');
  expect([...called].filter((action) => !guide.includes(`\`${action}\``)).sort()).toEqual([]);
});

it('the guide asks for no permission that nothing needs', () => {
  const called = actionsCalled();
  /** What AWS asks for besides the call itself, or a break-glass script. */
  const besides = new Set([
    'sts:AssumeRole',
    'rds:AddTagsToResource',
    'ec2:CreateTags',
    'kms:CreateGrant',
    'kms:DescribeKey',
    'kms:Decrypt',
    'cloudwatch:GetMetricStatistics',
  ]);
  const guide = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8');
  const section = guide.slice(guide.indexOf('### Permissions'), guide.indexOf('### What clients measure'));
  const asked = [...section.matchAll(/`([a-z0-9]+:[A-Z][A-Za-z0-9]+)`/g)].map(([, action = '']) => action);
  const conditions = /^(aws|route53):(RequestedRegion|ChangeResourceRecordSetsNormalizedRecordNames)$/;
  expect(
    asked.filter((action) => !called.has(action) && !besides.has(action) && !conditions.test(action)),
  ).toEqual([]);
});
