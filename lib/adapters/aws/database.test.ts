import type { DBInstance } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { UnansweredError } from '../../ports/aws.ts';
import { ofApplication, toDatabase } from './database.ts';

const arn = 'arn:aws:rds:eu-west-1:000000000000:db:ecommerce-db-eu-west-1';
const least: DBInstance = { DBInstanceIdentifier: 'ecommerce-db-eu-west-1', DBInstanceArn: arn };

describe('an instance as RDS describes it', () => {
  it('has a source by ARN, also where RDS names one in the same Region by its name', () => {
    expect(toDatabase(least)).toMatchObject({ role: 'primary', sourceArn: null, replication: null });
    const source = 'arn:aws:rds:us-east-1:000000000000:db:ecommerce-db-us-east-1';
    expect(toDatabase({ ...least, ReadReplicaSourceDBInstanceIdentifier: source })).toMatchObject({
      role: 'replica',
      sourceArn: source,
    });
    const near = toDatabase({ ...least, ReadReplicaSourceDBInstanceIdentifier: 'neighbour' });
    expect(near.sourceArn).toBe('arn:aws:rds:eu-west-1:000000000000:db:neighbour');
  });

  it('has the groups that hold, and those that come: not those that go', () => {
    const VpcSecurityGroups = [
      { VpcSecurityGroupId: 'sg-1', Status: 'active' },
      { VpcSecurityGroupId: 'sg-2', Status: 'removing' },
      { VpcSecurityGroupId: 'sg-3', Status: 'adding' },
    ];
    expect(toDatabase({ ...least, VpcSecurityGroups }).securityGroupIds).toEqual(['sg-1', 'sg-3']);
  });

  it('has no endpoint while it is made', () => {
    expect(toDatabase({ ...least, DBInstanceStatus: 'creating' })).toMatchObject({ endpoint: null });
    const Endpoint = { Address: 'db.example', Port: 5432 };
    expect(toDatabase({ ...least, Endpoint })).toMatchObject({ endpoint: 'db.example:5432' });
  });

  it.each([{ DBInstanceArn: arn }, { DBInstanceIdentifier: 'x' }, {}])(
    'without its name or ARN is no usable answer: %o',
    (instance) => expect(() => toDatabase(instance)).toThrow(UnansweredError),
  );
});

it('of the application is what bears the declared id, or begins with it and a hyphen', () => {
  const named = ['db', 'db-fenced-20261126-1001', 'db-1002', 'dbx', 'other', undefined].map((id) => ({
    DBInstanceIdentifier: id,
  }));
  const own = ofApplication(named, 'db').map(({ DBInstanceIdentifier: id }) => id);
  expect(own).toEqual(['db', 'db-fenced-20261126-1001', 'db-1002']);
});
