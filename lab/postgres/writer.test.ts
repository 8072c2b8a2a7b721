import { describe, expect, it } from 'vitest';
import type { DatabaseInstance } from './types.ts';
import { writerIn } from './writer.ts';

const US = 'us-east-1';
const PRODUCTION = 'production';

const instance = (id: string, over: Partial<DatabaseInstance> = {}): DatabaseInstance => ({
  resourceId: `db-${id}`,
  id,
  region: US,
  environment: PRODUCTION,
  role: 'primary',
  endpoint: { host: '127.0.0.1', port: 1 },
  state: 'running',
  open: true,
  createdAt: 1,
  ...over,
});

const fenced = instance('shop-fenced', { open: false });
const rebuilt = instance('shop', { role: 'replica', createdAt: 2 });
const promoted = instance('shop', { createdAt: 2 });

describe('the instance that takes a Region’s writes', () => {
  it.each<{ what: string; instances: DatabaseInstance[]; endpoint?: string; writer: string | undefined }>([
    { what: 'the only primary', instances: [instance('shop')], writer: 'shop' },
    { what: 'none elsewhere', instances: [instance('shop', { region: 'eu-west-1' })], writer: undefined },
    { what: 'none that is stopped', instances: [instance('shop', { state: 'stopped' })], writer: undefined },
    {
      what: 'a lost one while there is no other',
      instances: [instance('shop', { state: 'down' })],
      writer: 'shop',
    },
    { what: 'one that lets clients in before a fenced one', instances: [fenced, promoted], writer: 'shop' },
    {
      what: 'the newest of two that let clients in',
      instances: [instance('old'), instance('new', { createdAt: 2 })],
      writer: 'new',
    },
    {
      what: 'the named one, although a newer one is there',
      instances: [instance('old'), instance('new', { createdAt: 2 })],
      endpoint: 'OLD.abc.us-east-1.rds.amazonaws.com',
      writer: 'old',
    },
    {
      what: 'no other than the named one, which is a replica',
      instances: [fenced, rebuilt],
      endpoint: 'shop',
      writer: undefined,
    },
    {
      what: 'none of another environment',
      instances: [instance('other', { environment: 'staging' })],
      writer: undefined,
    },
    {
      what: 'its own beside a newer one of another environment',
      instances: [instance('shop'), instance('other', { environment: 'staging', createdAt: 2 })],
      writer: 'shop',
    },
    {
      what: 'one of another environment when it is named, as its name would be resolved',
      instances: [instance('shop'), instance('other', { environment: 'staging' })],
      endpoint: 'other',
      writer: 'other',
    },
    { what: 'any when a Region is named', instances: [fenced], endpoint: US, writer: 'shop-fenced' },
  ])('is $what', ({ instances, endpoint, writer }) => {
    const of = { region: US, environment: PRODUCTION, endpoint };
    expect(writerIn(of, instances)?.id).toBe(writer);
  });
});
