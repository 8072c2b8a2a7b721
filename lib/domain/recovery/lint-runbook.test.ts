import { describe, expect, it } from 'vitest';
import { lintRunbook, worstEffect } from './lint-runbook.ts';
import { PROCEDURES, RUNBOOK, type RunbookStep } from './runbook.ts';

const rowsOf = (stepKey: string) =>
  lintRunbook().flatMap((issue) => (issue.stepKey === stepKey ? [issue.row] : []));

describe('the strategy document’s own runbook', () => {
  it.each<[string, string[]]>([
    ['failover-detect', ['C-01']],
    ['failover-promote', ['B-20', 'B-08', 'C-08', 'B-07', 'B-06', '1A']],
    ['failover-reconfigure', ['B-03', 'B-07']],
    ['failover-verify', ['2.0', 'B-09', '2.0']],
    ['add-infrastructure', ['B-01']],
    ['add-replication', ['B-05', 'B-11', 'B-07', 'B-19', 'B-02']],
    ['add-application', ['2.0']],
    ['add-testing', ['2.0', '2.0']],
    ['add-traffic', ['1A', 'C-18', '2.0']],
    ['remove-traffic', ['1A']],
    ['remove-data', ['B-04', 'B-07', 'C-25', '2.0']],
    ['remove-infrastructure', ['B-01']],
  ])('%s: %j', (stepKey, rows) => expect(rowsOf(stepKey)).toEqual(rows));

  it('has no step that works as written', () => {
    const broken = new Set(lintRunbook().map(({ stepKey }) => stepKey));
    expect(RUNBOOK.filter(({ key }) => !broken.has(key))).toEqual([]);
  });

  it('names every command that cannot work with its lines and the correction', () => {
    expect(lintRunbook().find(({ row }) => row === 'B-03')).toEqual({
      stepKey: 'failover-reconfigure',
      lines: [426, 429],
      command:
        'aws rds modify-db-instance --db-instance-identifier ecommerce-db-ap-southeast-1 --source-db-instance-identifier ecommerce-db-eu-west-1',
      effect: 'cannot-work',
      row: 'B-03',
      message: 'ModifyDBInstance has no such parameter: RDS cannot point a replica at another primary.',
      correction: expect.stringMatching(/^Create a new replica from the new primary’s ARN/),
    });
    expect(lintRunbook().find(({ stepKey }) => stepKey === 'remove-infrastructure')?.effect).toBe('destroys');
    expect(lintRunbook().find(({ stepKey }) => stepKey === 'add-infrastructure')?.effect).toBe(
      'acts-elsewhere',
    );
    for (const { message, correction } of lintRunbook())
      expect(`${message}|${correction}`).toMatch(/\.\|.+\.$/);
  });

  it('says of each procedure what it does at worst', () => {
    const worst = PROCEDURES.map(({ procedure }) => {
      const keys = RUNBOOK.filter((step) => step.procedure === procedure).map(({ key }) => key);
      return worstEffect(lintRunbook().filter(({ stepKey }) => keys.includes(stepKey)));
    });
    expect(worst).toEqual(['acts-elsewhere', 'destroys', 'destroys']);
  });
});

describe('a runbook corrected', () => {
  const step = (changes: Partial<RunbookStep>, ...texts: string[]): RunbookStep => ({
    key: 'corrected',
    procedure: 'failover',
    title: 'Corrected',
    line: 1,
    budget: 'as long as it takes',
    commands: texts.map((text) => ({ lines: [1, 1], text })),
    ...changes,
  });

  it.each<[string, RunbookStep, string[]]>([
    [
      'fences, scales, then promotes where it means to',
      step(
        {},
        'aws rds modify-db-instance --vpc-security-group-ids sg-deny-all --region us-east-1 # fence',
        'aws eks update-nodegroup-config --region eu-west-1 --scaling-config minSize=22',
        'aws rds promote-read-replica --region eu-west-1 \\\n  --db-instance-identifier ecommerce-db-eu-west-1',
      ),
      [],
    ],
    [
      'names the source by its ARN',
      step(
        {},
        'aws rds create-db-instance-read-replica --region ap-southeast-1 --source-db-instance-identifier arn:aws:rds:eu-west-1:0:db:x',
      ),
      [],
    ],
    [
      'changes records while their control plane is there',
      step(
        { procedure: 'remove-region' },
        'aws route53 change-resource-record-sets --hosted-zone-id Z0MERIDIANLAB1',
      ),
      [],
    ],
    [
      'archives before it deletes',
      step(
        { procedure: 'remove-region' },
        'aws s3 sync archive-of-carts s3://kept',
        'aws rds delete-db-instance --region ap-northeast-1',
      ),
      [],
    ],
    ['names its stacks', step({ procedure: 'remove-region' }, 'cdk destroy ecommerce-ap-northeast-1'), []],
    ['and one that still does not', step({}, 'cdk destroy --all'), ['B-01']],
  ])('%s', (_, given, rows) => {
    expect(lintRunbook([given]).map(({ row }) => row)).toEqual(rows);
  });

  it('works as written', () => expect(worstEffect([])).toBeUndefined());
});
