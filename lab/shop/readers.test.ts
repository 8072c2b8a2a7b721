import { describe, expect, it } from 'vitest';
import type { DatabaseInstance } from '#lab/postgres/index.ts';
import { readerIn } from './readers.ts';

const AP = 'ap-southeast-1';
const PRODUCTION = 'production';

const instance = (id: string, over: Partial<DatabaseInstance> = {}): DatabaseInstance => ({
  resourceId: `db-${id}`,
  id,
  region: AP,
  environment: PRODUCTION,
  role: 'replica',
  endpoint: { host: '127.0.0.1', port: 1 },
  state: 'running',
  open: true,
  createdAt: 1,
  ...over,
});

const old = instance('old');
const fresh = instance('new', { createdAt: 2 });
const abroad = instance('abroad', { region: 'eu-west-1' });

describe('the instance that a Region reads from', () => {
  it.each<{ what: string; instances: DatabaseInstance[]; endpoint?: string; reader: string | undefined }>([
    { what: 'its own', instances: [abroad, old], reader: 'old' },
    { what: 'the oldest of two', instances: [fresh, old], reader: 'old' },
    { what: 'one that runs', instances: [{ ...old, state: 'down' }, fresh], reader: 'new' },
    { what: 'one that lets clients in', instances: [{ ...old, open: false }, fresh], reader: 'new' },
    { what: 'none that is being copied', instances: [{ ...fresh, state: 'seeding' }], reader: undefined },
    { what: 'none of another Region', instances: [abroad], reader: undefined },
    {
      what: 'none of another environment',
      instances: [instance('other', { environment: 'staging', createdAt: 0 }), old],
      reader: 'old',
    },
    { what: 'the named one', instances: [old, fresh], endpoint: 'new', reader: 'new' },
    {
      what: 'the named one of another Region',
      instances: [old, abroad],
      endpoint: 'Abroad.x.eu-west-1.rds.amazonaws.com',
      reader: 'abroad',
    },
    {
      what: 'its own before one abroad that is called the same',
      instances: [{ ...abroad, id: 'old' }, old],
      endpoint: 'old',
      reader: 'old',
    },
    { what: 'none when the named one is gone', instances: [old], endpoint: 'new', reader: undefined },
  ])('is $what', ({ instances, endpoint, reader }) => {
    const found = readerIn({ region: AP, environment: PRODUCTION, endpoint }, instances);
    expect(found?.id).toBe(reader);
    if (endpoint === 'old') expect(found?.region).toBe(AP);
  });
});
