import { describe, expect, it } from 'vitest';
import type { PodTemplate } from '../objects.ts';
import { TEMPLATE_HASH, templateHash } from './pod-template.ts';

describe('a template’s hash', () => {
  const template = (image: string): PodTemplate => ({
    metadata: { labels: { app: 'shop', version: 'v1' } },
    spec: { containers: [{ name: 'shop', image }] },
  });

  it('is the same whatever the order of keys and with the label a ReplicaSet adds', () => {
    const reordered: PodTemplate = {
      spec: { containers: [{ image: 'shop:1', name: 'shop' }] },
      metadata: { labels: { [TEMPLATE_HASH]: '0123456789', version: 'v1', app: 'shop' } },
    };
    expect(templateHash(reordered)).toBe(templateHash(template('shop:1')));
  });

  it('is another for another image', () => {
    expect(templateHash(template('shop:2'))).not.toBe(templateHash(template('shop:1')));
  });
});
