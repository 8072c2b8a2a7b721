import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { deployments, pods, services } from '../resources.ts';
import { strategicMerge } from './strategic-merge.ts';

const pod = (...containers: Json[]) => ({ spec: { containers } });

describe('strategic merge patch', () => {
  it.each<{ what: string; current: Json; patch: Json; result: Json }>([
    {
      what: 'merges containers by name and environment by name',
      current: pod({ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }, { name: 'b', image: '1' }),
      patch: pod({ name: 'a', env: [{ name: 'Y', value: '2' }] }),
      result: pod(
        {
          name: 'a',
          image: '1',
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
        },
        { name: 'b', image: '1' },
      ),
    },
    {
      what: 'deletes an item',
      current: pod({ name: 'a' }, { name: 'b' }),
      patch: pod({ name: 'a', $patch: 'delete' }),
      result: pod({ name: 'b' }),
    },
    {
      what: 'ignores the deletion of an item that is not there',
      current: pod({ name: 'a' }),
      patch: pod({ name: 'z', $patch: 'delete' }),
      result: pod({ name: 'a' }),
    },
    {
      what: 'replaces a list when told to',
      current: pod({ name: 'a' }, { name: 'b' }),
      patch: pod({ $patch: 'replace' }, { name: 'c' }),
      result: pod({ name: 'c' }),
    },
    {
      what: 'replaces a list without a key',
      current: pod({ name: 'a', args: ['1', '2'] }),
      patch: pod({ name: 'a', args: ['3'] }),
      result: pod({ name: 'a', args: ['3'] }),
    },
    {
      what: 'orders items as told',
      current: pod({ name: 'a' }, { name: 'b' }),
      patch: {
        spec: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }], containers: [{ name: 'c' }] },
      },
      result: pod({ name: 'c' }, { name: 'b' }, { name: 'a' }),
    },
    {
      what: 'deletes a field by null and replaces a map by directive',
      current: { metadata: { labels: { a: '1' }, annotations: { b: '2' } } },
      patch: { metadata: { labels: { $patch: 'replace', c: '3' }, annotations: null } },
      result: { metadata: { labels: { c: '3' } } },
    },
    {
      what: 'adds to and takes from a set',
      current: { metadata: { finalizers: ['a', 'b'] } },
      patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['b', 'c'] } },
      result: { metadata: { finalizers: ['b', 'c'] } },
    },
  ])('$what', ({ current, patch, result }) => {
    const before = structuredClone(current);
    expect(strategicMerge(pods.shape, current, patch)).toEqual(result);
    expect(current).toEqual(before);
  });

  it('keeps only the fields a union names', () => {
    const current = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(strategicMerge(deployments.shape, current, patch)).toEqual({
      spec: { strategy: { type: 'Recreate' } },
    });
  });

  it('merges a Service’s selector and its ports by number', () => {
    const current = {
      spec: { selector: { app: 'shop', version: 'v1' }, ports: [{ port: 80, targetPort: 8080 }] },
    };
    const patch = { spec: { selector: { version: 'v2' }, ports: [{ port: 443 }] } };
    expect(strategicMerge(services.shape, current, patch)).toEqual({
      spec: {
        selector: { app: 'shop', version: 'v2' },
        ports: [{ port: 80, targetPort: 8080 }, { port: 443 }],
      },
    });
  });
});
