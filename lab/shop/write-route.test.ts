import { describe, expect, it } from 'vitest';
import { electedWriter } from './current-writer.ts';
import { regionOfEndpoint, routeWrite, type WriteRoute } from './write-route.ts';

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
const urlIn =
  (...writers: string[]) =>
  ({ region }: { region: string }) =>
    writers.includes(region) ? `postgres://${region}` : undefined;

describe('where an order goes', () => {
  it.each<{
    what: string;
    region: string;
    settings: Record<string, string>;
    writers: string[];
    goes: object;
  }>([
    {
      what: 'to the local database of the writer',
      region: 'us-east-1',
      settings: {},
      writers: ['us-east-1'],
      goes: { to: 'local', url: 'postgres://us-east-1' },
    },
    {
      what: 'to the Region that has the writer',
      region: 'eu-west-1',
      settings: {},
      writers: ['us-east-1'],
      goes: { to: 'region', region: 'us-east-1' },
    },
    {
      what: 'where the ConfigMap says, although another database takes writes',
      region: 'ap-southeast-1',
      settings: { writerEndpoint: 'ecommerce-db-us-east-1.x.us-east-1.rds.amazonaws.com' },
      writers: ['eu-west-1'],
      goes: { to: 'region', region: 'us-east-1' },
    },
    {
      what: 'nowhere when its own database is named and is a replica',
      region: 'eu-west-1',
      settings: { writerEndpoint: 'eu-west-1' },
      writers: ['us-east-1'],
      goes: { to: 'nowhere', reason: 'The database in eu-west-1 does not take writes.' },
    },
    {
      what: 'nowhere in a freeze, also of the writer',
      region: 'us-east-1',
      settings: { writeFreeze: 'True' },
      writers: ['us-east-1'],
      goes: { to: 'nowhere', reason: 'Orders are frozen in us-east-1.' },
    },
    {
      what: 'nowhere without any writer',
      region: 'us-east-1',
      settings: { writeFreeze: 'false', writerEndpoint: ' ' },
      writers: [],
      goes: { to: 'nowhere', reason: 'No Region has a database that takes writes.' },
    },
    {
      what: 'nowhere when the ConfigMap names no Region of the shop',
      region: 'us-east-1',
      settings: { writerEndpoint: 'db.example' },
      writers: ['us-east-1'],
      goes: { to: 'nowhere' },
    },
  ])('$what', ({ region, settings, writers, goes }) => {
    expect(routeWrite({ region, settings, regions: REGIONS, writerUrl: urlIn(...writers) })).toMatchObject(
      goes,
    );
  });

  it('takes an endpoint for the Region whose code it is before one that contains a code', () => {
    expect(regionOfEndpoint('eu-west-1', ['us-east-1', 'eu-west-1'])).toBe('eu-west-1');
    expect(regionOfEndpoint('ecommerce-db-EU-WEST-1', REGIONS)).toBe('eu-west-1');
    expect(regionOfEndpoint('10.0.0.1', REGIONS)).toBeUndefined();
  });
});

describe('the writer that the estate follows', () => {
  const local = (region: string): [string, WriteRoute] => [region, { to: 'local', url: region }];
  const to = (from: string, region: string): [string, WriteRoute] => [from, { to: 'region', region }];
  const none = (region: string): [string, WriteRoute] => [
    region,
    { to: 'nowhere', reason: '', retryAfterSeconds: 5 },
  ];

  it.each<{ what: string; routes: [string, WriteRoute][]; writer: string | undefined }>([
    {
      what: 'the one all follow',
      routes: [local('us-east-1'), to('eu-west-1', 'us-east-1')],
      writer: 'us-east-1',
    },
    {
      what: 'the one with more followers when two take orders',
      routes: [local('us-east-1'), local('eu-west-1'), to('ap-southeast-1', 'eu-west-1')],
      writer: 'eu-west-1',
    },
    {
      what: 'none when those followed take no orders',
      routes: [none('us-east-1'), to('eu-west-1', 'us-east-1')],
      writer: undefined,
    },
  ])('$what', ({ routes, writer }) => {
    expect(electedWriter(new Map(routes))).toBe(writer);
  });
});
